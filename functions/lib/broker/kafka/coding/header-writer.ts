// Headers as a record has them, written once, when the event is looked at: as an object of names and texts they would be gone
// through three times.

import { ByteWriter } from "./byte-writer.ts";

export interface WrittenHeaders {
  readonly count: number;
  readonly bytes: Buffer;
}

/** One message after the other is written here. */
const memory = new ByteWriter(4096);

/** `write` is given what adds a header. */
export function writeHeaders(write: (add: (name: string, value: string) => void) => void): WrittenHeaders {
  let count = 0;
  memory.at = 0;
  write((name, value) => {
    memory.sized(name);
    memory.sized(value);
    count++;
  });
  return { count, bytes: Buffer.from(memory.view()) };
}
