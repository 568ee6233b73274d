// Calls kubectl and helm, as a person would.

import { spawn } from "node:child_process";
import { FailedError } from "../lib/failure.ts";

const LAST_CHARACTERS = 2000;

/** Resolves with its standard output. `input` goes to its standard input. @throws FailedError with its message. */
export function runTool(tool: "kubectl" | "helm", args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    // In a process group of its own: Ctrl-C ends only us, and the tool can finish.
    const child = spawn(tool, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
    const written = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      written.out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      written.err += text;
    });
    child.stdin.on("error", () => {}); // one that ended early says why
    child.stdin.end(input);
    child.on("error", (error) => reject(new FailedError(`${tool} cannot be started: ${error.message}`)));
    child.on("close", (code) => {
      if (code === 0) return resolve(written.out);
      const said = written.err.trim().slice(-LAST_CHARACTERS);
      reject(new FailedError(`${tool} ${args.slice(0, 4).join(" ")} ... failed: ${said || `exit code ${code}`}`));
    });
  });
}
