// What the admin API leaves in the data folder: its token for as long as the folder is there, and, while it runs, where
// it is. Both are readable by their owner alone.

import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asError, ConfigurationError } from "../../lib/errors.ts";

export interface AdminToken {
  readonly token: string;
  /** It was made just now, and nobody has seen it. */
  readonly isNew: boolean;
}

/** What `admin.json` says. */
export interface RunningAdmin {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** Where events are taken. */
  readonly ingress: string;
}

const OWNER_ONLY = 0o600;
/** Of what a header can carry as a token (RFC 6750), and long enough that nobody guesses it. */
const TOKEN = /^[\w.~+/-]{16,200}=*$/;

/** `given` goes before the folder's own, and is not kept. @throws ConfigurationError for one that cannot be one. */
export function readToken(dataFolder: string, given: string | undefined): AdminToken {
  if (given !== undefined) return { token: checkedToken(given, "WADI_ADMIN_TOKEN"), isNew: false };
  const path = join(dataFolder, "admin-token");
  const kept = keptToken(path);
  if (kept !== undefined) return { token: checkedToken(kept, path), isNew: false };
  const token = randomBytes(32).toString("base64url");
  replace(path, `${token}\n`);
  return { token, isNew: true };
}

/** The token with which people may look. @throws ConfigurationError for one that cannot be one, or is the admin's. */
export function checkViewToken(given: string | undefined, { token }: AdminToken): void {
  if (given === undefined || checkedToken(given, "WADI_VIEW_TOKEN") !== token) return;
  throw new ConfigurationError(
    "WADI_VIEW_TOKEN is the admin token, and whoever has it could do all there is: take another (openssl rand -hex 32 makes one)",
  );
}

/** A token that nobody has seen is replaced at the next start, and shown then. */
export function forgetToken(dataFolder: string): void {
  rmSync(join(dataFolder, "admin-token"), { force: true });
}

function keptToken(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    chmodSync(path, OWNER_ONLY); // copied folders lose it
    return text === "" ? undefined : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ConfigurationError(`${path} cannot be read: ${asError(error).message}`, { cause: error });
  }
}

/** @throws ConfigurationError for what cannot be one. */
export function checkedToken(token: string, where: string): string {
  if (TOKEN.test(token)) return token;
  throw new ConfigurationError(
    `${where} holds no token: take 16 to 200 letters, digits and ._~+/- (openssl rand -hex 32 makes one)`,
  );
}

/** Says where it is; the answer takes it back. */
export function announceAdmin(dataFolder: string, running: RunningAdmin): () => void {
  const path = join(dataFolder, "admin.json");
  replace(path, `${JSON.stringify(running, undefined, 2)}\n`);
  return () => rmSync(path, { force: true });
}

/** Whole or not at all: others read it at any time. */
function replace(path: string, text: string): void {
  const draft = `${path}.new`;
  try {
    rmSync(draft, { force: true });
    writeFileSync(draft, text, { mode: OWNER_ONLY, flag: "wx" });
    renameSync(draft, path);
  } catch (error) {
    throw new ConfigurationError(`${path} cannot be written: ${asError(error).message}`, { cause: error });
  }
}
