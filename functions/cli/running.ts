// What a running Wadi says of itself in its data folder: where it is, and its token.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** `admin.json`: there while Wadi runs, and left behind by one that was killed. */
export interface Running {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** Where it takes events. */
  readonly ingress: string;
}

/** Where to look for a Wadi, the best first. */
export function foldersOf(data: string | undefined): readonly string[] {
  return data === undefined ? [".wadi/data", ".wadi/demo"] : [data];
}

/** Undefined where there is none, or it cannot be read. */
export function readRunning(folder: string): Running | undefined {
  try {
    const found = JSON.parse(readFileSync(join(folder, "admin.json"), "utf8")) as Partial<Running>;
    const { url, token, pid, ingress } = found;
    if (typeof url !== "string" || !URL.canParse(url) || typeof token !== "string") return undefined;
    return { url, token, pid: Number(pid), ingress: typeof ingress === "string" ? ingress : "" };
  } catch {
    return undefined;
  }
}

/** Where the Wadi that runs here takes events; undefined where none runs. */
export function ingressHere(): string | undefined {
  const running = foldersOf(undefined).flatMap((folder) => readRunning(folder) ?? []);
  return running.find(({ pid, ingress }) => ingress !== "" && isAlive(pid))?.ingress;
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
