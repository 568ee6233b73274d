// What `wadi emit` sends: a file, standard input, or what a generator makes.

import { basename } from "node:path";
import { fileSource } from "../../feed/sources.ts";
import { UsageError } from "../../lib/failure.ts";
import { type FileInput, OF_CSV, readFileInput, refuseFlags } from "../rows/file-input.ts";
import type { EmitFlags } from "./flags.ts";
import { type Generated, OF_GENERATORS, readGenerated, sourceOf } from "./generated.ts";

export type EmitInput = ({ readonly kind: "file" } & FileInput) | Generated;

const OF_FILES = ["format", "encoding", ...OF_CSV, "id", "subject", "time", "omit", "rename"] as const;

/** @throws UsageError. */
export function readInput(file: string | undefined, flags: EmitFlags): EmitInput {
  if (flags.generate !== undefined) {
    if (file !== undefined) throw new UsageError(`send ${file} or --generate ${flags.generate}, not both`);
    refuseFlags(flags, OF_FILES, "is for files, and not for --generate");
    return readGenerated(flags.generate, flags);
  }
  for (const [names, of] of Object.entries(OF_GENERATORS)) refuseFlags(flags, of, `is for --generate ${names}`);
  if (file === undefined) {
    throw new UsageError("nothing to send: name a file, - for standard input, or --generate line or app-sessions");
  }
  return { kind: "file", ...readFileInput(file, flags) };
}

/** The same input has the same source. */
export function defaultSource(input: EmitInput): string {
  if (input.kind !== "file") return sourceOf(input);
  return fileSource(input.path === "-" ? "stdin" : basename(input.path));
}
