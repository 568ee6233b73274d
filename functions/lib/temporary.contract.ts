// Where tests keep their journals and stores: in memory where the machine has room, for every commit waits for the disk.

import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";

const IN_MEMORY = "/dev/shm";
/** Of a container's default of 64 MiB the tests of a run would soon have all. */
const ROOM_BYTES = 2 ** 30;

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false;
  }
}

/** A folder to make temporary folders in. A TMPDIR that is set counts. */
export const TEMPORARY = process.env["TMPDIR"] === undefined && hasRoom() ? IN_MEMORY : tmpdir();
