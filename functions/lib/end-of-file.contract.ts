// What ends with the test file that began it. An `afterAll` at the top of a module counts for the first file alone, since the files of a
// worker share their modules; this one is registered for each file by vitest's `setupFiles`.

import { afterAll } from "vitest";

const ends: (() => unknown)[] = [];

/** Is called after the last test of the file, the newest first. May be asked for anywhere. */
export function atEndOfFile(end: () => unknown): void {
  ends.push(end);
}

export function registerEnds(): void {
  afterAll(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
}
