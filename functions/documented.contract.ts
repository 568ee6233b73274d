// What the pages tell people to type, and where their links lead.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");
export const read = (file: string) => readFileSync(join(root, file), "utf8");

const written = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".md"))
  .map((file) => join("docs", file));
export const pages: readonly string[] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...written.sort()];

export interface Block {
  /** What must be there for it to work, as its first line says: `sh needs=kind`. */
  readonly needs: string | undefined;
  readonly commands: readonly string[];
}

/** A command ends where its quotes are closed and no backslash ends its line; what follows ` # ` or blanks is a remark. */
export function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(/^ *```sh(?: needs=(\w+))?\n([\s\S]*?)```/gm)].map(([, needs, block = ""]) => {
    const commands: string[] = [];
    let command = "";
    for (const line of block.split("\n")) {
      command += `${line}\n`;
      if (line.endsWith("\\") || (command.match(/'/g)?.length ?? 0) % 2 === 1) continue;
      if (command.trim() !== "") commands.push(command.replace(/\s+# .*/, "").trim());
      command = "";
    }
    return { needs, commands };
  });
}

const withoutBlocks = (text: string) => text.replace(/^ *```[\s\S]*?^ *```/gm, "");

/** Of the text beside the blocks, in backticks. */
export function inlineCode(text: string): readonly string[] {
  return [...withoutBlocks(text).matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

/** Links to other pages and within this one: `../page.md#heading`, `#heading`. */
export function linksOf(text: string): readonly string[] {
  return [...withoutBlocks(text).matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)].map(([, link = ""]) => link);
}

/** As GitHub names them: small letters, blanks to dashes, no other signs; what comes again is counted. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutBlocks(text).matchAll(/^#{1,6} +(.+)$/gm)) {
    const anchor = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    let name = anchor;
    for (let again = 1; anchors.has(name); again++) name = `${anchor}-${again}`;
    anchors.add(name);
  }
  return anchors;
}
