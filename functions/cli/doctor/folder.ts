// Whether the data folder can be written, by whom, how much room it has, and whether the disk keeps what it is told.

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
  // What is not there yet is made in the nearest folder that is.
  const place = nearestExisting(resolve(folder));
  if (!statSync(place).isDirectory()) {
    return [
      fail(
        "folder",
        `${place} is a file, and the data folder ${folder} needs a folder there`,
        "move the file away, or name another folder with --data",
      ),
    ];
  }
  const writing = write(place);
  if (typeof writing === "string")
    return [fail("folder", `${place} cannot be written: ${writing}`, cureOfOwner(place))];
  const files = there ? foreignFile(folder) : undefined;
  const folderFinding =
    files !== undefined
      ? fail("folder", files, "give them to whoever starts Wadi (chown), or name another folder with --data")
      : ok("folder", there ? `${folder} can be written` : `${folder} will be made at the start`);
  return [folderFinding, checkRoom(place), checkSync(writing)];
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

/** How long it took to have it on disk, in milliseconds; in words why it could not be. */
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

function cureOfOwner(place: string): string {
  const { uid } = statSync(place);
  const me = process.getuid?.();
  const whose = me === undefined || me === uid ? "" : ` (it belongs to user ${uid}, and you are ${me})`;
  return `make it writable for whoever starts Wadi${whose}, or name another folder with --data`;
}

/** Files of Wadi that another user has made, and this one may not write. */
function foreignFile(folder: string): string | undefined {
  const me = process.getuid?.();
  for (const name of ["store.db", "journal.db", "lock"]) {
    const file = join(folder, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (!found.isFile()) return `${file} is no file`;
    if (me !== undefined && me !== 0 && found.uid !== me && (found.mode & 0o022) === 0) {
      return `${file} belongs to user ${found.uid}, and you are ${me}`;
    }
  }
  return undefined;
}

function checkRoom(place: string): Finding {
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const message = `${bytes(free)} free`;
  const cure = "make room, or name a folder on another disk with --data";
  if (free < TOO_LITTLE_BYTES) return fail("disk", `${message}: the journal would soon take no more events`, cure);
  return free < LITTLE_BYTES ? warn("disk", message, cure) : ok("disk", message);
}

function checkSync(ms: number): Finding {
  const message = `what is written is on disk after ${ms.toFixed(1)} ms (fsync)`;
  if (ms <= SLOW_SYNC_MS) return ok("sync", message);
  return warn(
    "sync",
    `${message}: events are taken that slowly one by one`,
    "a local SSD is faster than a network disk; see --data",
  );
}
