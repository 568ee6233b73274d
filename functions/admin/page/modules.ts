// The page's sources as a browser takes them: each module under a name with its digest, so that it may be kept for good. Types
// are taken out as Node does it for itself; nothing is built or written.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { basename, extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** What one address of the page answers. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

/** Packages whose own entry is not for browsers. */
const BROWSER_ENTRIES: Readonly<Record<string, string>> = { uplot: "uplot/dist/uPlot.esm.js" };
const PREFIX = "/page/";
const DIGEST_CHARACTERS = 12;
const IMPORT = /((?:^|[;}\n])\s*(?:import|export)\b(?:[\w$*{}\s,]*?\bfrom)?\s*)(["'])([^"'\n]+)\2/g;

/** `entry` and all that it imports, each after what it imports; the entry is the last one. @throws Error for a circle. */
export function readModules(entry: string): readonly Asset[] {
  const made = new Map<string, Asset>();
  const open = new Set<string>();

  function take(file: string): Asset {
    const known = made.get(file);
    if (known !== undefined) return known;
    if (open.has(file)) throw new Error(`the modules of the page import each other in a circle: ${file}`);
    open.add(file);
    const code = codeOf(file).replaceAll(IMPORT, (_all, before: string, quote: string, name: string) => {
      return `${before}${quote}${take(resolved(name, file)).path}${quote}`;
    });
    const asset = assetOf(`${basename(file, extname(file))}.js`, "text/javascript; charset=utf-8", code);
    made.set(file, asset);
    return asset;
  }

  take(entry);
  return [...made.values()];
}

/** A file as it is, under a name with its digest. */
export function readAsset(file: string, type: string): Asset {
  return assetOf(basename(file), type, readFileSync(file));
}

function assetOf(name: string, type: string, content: string | Buffer): Asset {
  const body = Buffer.from(content);
  const digest = createHash("sha256").update(body).digest("hex").slice(0, DIGEST_CHARACTERS);
  const ending = extname(name);
  return { path: `${PREFIX}${basename(name, ending)}.${digest}${ending}`, type, body };
}

function codeOf(file: string): string {
  const text = readFileSync(file, "utf8");
  // The spaces that stand where the types stood would be a third of the whole.
  if (file.endsWith(".ts"))
    return stripTypeScriptTypes(text)
      .replaceAll(/[ \t]+$/gm, "")
      .replaceAll(/\n{3,}/g, "\n\n");
  return text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
}

function resolved(name: string, from: string): string {
  if (name.startsWith(".")) return fileURLToPath(new URL(name, pathToFileURL(from)));
  return fileURLToPath(import.meta.resolve(BROWSER_ENTRIES[name] ?? name));
}
