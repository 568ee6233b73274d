// What a running Wadi says of itself in its data folder: where it is, and its token.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isLocked } from "../../lib/lock.ts";

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

/**
 * Undefined where none runs. A killed Wadi leaves its file behind, and by now another program may have its port, or its
 * process number: only the lock tells that a Wadi is alive.
 */
export function readRunning(folder: string): Running | undefined {
  // In this order: whoever takes the lock removes what another left.
  if (!isLocked(folder)) return undefined;
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
export function ingressHere(folders = foldersOf(undefined)): string | undefined {
  const running = folders.flatMap((folder) => readRunning(folder) ?? []);
  return running.find(({ ingress }) => ingress !== "")?.ingress;
}

/** Behind the `#`: a browser sends that to nobody, and no log has it. */
export function pageLink(adminUrl: string, token: string): string {
  return `${adminUrl}/#token=${encodeURIComponent(token)}`;
}
