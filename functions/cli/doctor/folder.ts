// The data folder: whether it can be written, its owner, free space, and how long the disk takes to sync.

import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { asError } from "../../lib/errors.ts";
import { bytes } from "../terminal/sizes.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

const LITTLE_BYTES = 1e9;
const TOO_LITTLE_BYTES = 100e6;
const SLOW_SYNC_MS = 50;

export function checkFolder(folder: string): Finding[] {
  const there = existsSync(folder);
  // A missing folder will be created in the nearest one that exists.
  const parent = nearestExisting(resolve(folder));
  if (!statSync(parent).isDirectory()) {
    return [
      fail(
        "folder",
        `${parent} is a file, but the data folder ${folder} needs a folder there`,
        "move the file away, or name another folder with --data",
      ),
    ];
  }
  const writing = write(parent);
  if (typeof writing === "string")
    return [fail("folder", `${parent} cannot be written: ${writing}`, ownerCure(parent))];
  const files = there ? foreignFile(folder) : undefined;
  const folderFinding =
    files !== undefined
      ? fail("folder", files, "give them to the user who starts Wadi (chown), or name another folder with --data")
      : ok("folder", there ? `${folder} can be written` : `${folder} will be created at the start`);
  return [folderFinding, checkRoom(parent), checkSync(writing)];
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

/** How long a synced write took, in milliseconds; or in words why it failed. */
function write(folder: string): number | string {
  const file = join(folder, `.wadi-doctor-${process.pid}`);
  try {
    const handle = openSync(file, "wx");
    try {
      writeSync(handle, Buffer.alloc(4096));
      const begun = performance.now();
      fsyncSync(handle);
      return performance.now() - begun;
    } finally {
      closeSync(handle);
      rmSync(file, { force: true });
    }
  } catch (error) {
    return asError(error).message;
  }
}

function ownerCure(folder: string): string {
  const { uid } = statSync(folder);
  const me = process.getuid?.();
  const whose = me === undefined || me === uid ? "" : ` (it belongs to user ${uid}; you are user ${me})`;
  return `make it writable for the user who starts Wadi${whose}, or name another folder with --data`;
}

/** A file of Wadi that belongs to another user and cannot be written. */
function foreignFile(folder: string): string | undefined {
  const me = process.getuid?.();
  for (const name of ["store.db", "journal.db", "lock"]) {
    const file = join(folder, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (!found.isFile()) return `${file} is not a file`;
    if (me !== undefined && me !== 0 && found.uid !== me && (found.mode & 0o022) === 0) {
      return `${file} belongs to user ${found.uid}; you are user ${me}`;
    }
  }
  return undefined;
}

function checkRoom(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const message = `${bytes(free)} free`;
  const cure = "free some space, or name a folder on another disk with --data";
  if (free < TOO_LITTLE_BYTES) return fail("disk", `${message}: the journal would soon accept no more events`, cure);
  return free < LITTLE_BYTES ? warn("disk", message, cure) : ok("disk", message);
}

function checkSync(ms: number): Finding {
  const message = `a write is on disk after ${ms.toFixed(1)} ms (fsync)`;
  if (ms <= SLOW_SYNC_MS) return ok("sync", message);
  return warn(
    "sync",
    `${message}: each event that is sent alone takes that long`,
    "choose a faster disk with --data: a local SSD rather than a network disk",
  );
}
