// What a command writes to a file, or to standard output: a file is under its name only when it is complete.

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { asError } from "../lib/errors.ts";
import { FailedError } from "../lib/failure.ts";
import type { Output } from "./terminal/output.ts";

export interface Sink {
  write(content: string | Uint8Array): void;
  /** Puts the complete file under its name. */
  keep(): void;
  drop(): void;
}

export function pipeSink(out: Output): Sink {
  return { write: (content) => out.write(content.toString()), keep() {}, drop() {} };
}

/** @throws FailedError where it cannot be written, here and later. */
export function fileSink(path: string): Sink {
  const part = `${path}.part`;
  const failed = (error: unknown) =>
    new FailedError(`${path} cannot be written: ${asError(error).message}`, { cause: error });
  const tried = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw failed(error);
    }
  };
  const file = tried(() => openSync(part, "w"));
  let open = true;
  const close = () => {
    if (open) closeSync(file);
    open = false;
  };
  let over = false;
  const drop = () => {
    process.off("exit", drop);
    if (over) return;
    over = true;
    close();
    rmSync(part, { force: true });
  };
  // However the process ends, what is not complete does not stay.
  process.once("exit", drop);
  return {
    write: (content) => tried(() => void writeAll(file, Buffer.from(content))),
    keep: () =>
      tried(() => {
        fsyncSync(file);
        close();
        renameSync(part, path);
        over = true;
        process.off("exit", drop);
      }),
    drop,
  };
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
