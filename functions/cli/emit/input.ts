// What `wadi emit` sends: a file, standard input, or a generated line.

import { randomInt } from "node:crypto";
import { basename } from "node:path";
import type { LineOptions } from "../../feed/rows/line-rows.ts";
import { fileSource, lineSource } from "../../feed/sources.ts";
import { UsageError } from "../../lib/failure.ts";
import { realNumber, wholeNumber } from "../option-values.ts";
import { type FileInput, OF_CSV, readFileInput, refuseFlags } from "../rows/file-input.ts";
import type { EmitFlags } from "./flags.ts";

export type EmitInput = ({ readonly kind: "file" } & FileInput) | { readonly kind: "line"; readonly line: LineOptions };

export const LINE_DEFAULTS = { n: 1000, beta: 2, sigma: 0.1 } as const;

const MAX_SEED = 2 ** 32 - 1;
const LARGEST = 1e9;
const OF_FILES = ["format", "encoding", ...OF_CSV, "id", "subject", "time", "omit", "rename"] as const;
const OF_LINE = ["n", "beta", "sigma", "seed", "thenBeta", "thenAt"] as const;

/** @throws UsageError. */
export function readInput(file: string | undefined, flags: EmitFlags): EmitInput {
  if (flags.generate !== undefined) {
    if (file !== undefined) throw new UsageError(`send ${file} or --generate ${flags.generate}, not both`);
    if (flags.generate !== "line") {
      throw new UsageError(`--generate: there is no generator ${JSON.stringify(flags.generate)}; use line`);
    }
    refuseFlags(flags, OF_FILES, "is for files, and not for --generate");
    return { kind: "line", line: readLine(flags) };
  }
  refuseFlags(flags, OF_LINE, "is for --generate line");
  if (file === undefined) {
    throw new UsageError("nothing to send: name a file, - for standard input, or --generate line");
  }
  return { kind: "file", ...readFileInput(file, flags) };
}

function readLine(flags: EmitFlags): LineOptions {
  const n = flags.n === undefined ? LINE_DEFAULTS.n : wholeNumber("--n", flags.n, 1);
  const real = (flag: string, text: string | undefined, fallback: number, min = -LARGEST) =>
    text === undefined ? fallback : realNumber(flag, text, min, LARGEST);
  const line = {
    n,
    beta: real("--beta", flags.beta, LINE_DEFAULTS.beta),
    sigma: real("--sigma", flags.sigma, LINE_DEFAULTS.sigma, 0),
    // A new seed each time: rows of a used seed are known to Wadi and would not be learned again.
    seed: flags.seed === undefined ? randomInt(1_000_000) : wholeNumber("--seed", flags.seed, 0, MAX_SEED),
  };
  if (flags.thenBeta === undefined) {
    if (flags.thenAt !== undefined) throw new UsageError("--then-at needs --then-beta: the slope from that row on");
    return line;
  }
  const at = flags.thenAt === undefined ? Math.floor(n / 2) + 1 : wholeNumber("--then-at", flags.thenAt, 1);
  if (at > n) throw new UsageError(`--then-at ${at} is behind the last of the ${n} rows; lower it or raise --n`);
  return { ...line, change: { beta: realNumber("--then-beta", flags.thenBeta, -LARGEST, LARGEST), at } };
}

/** The same input has the same source. */
export function defaultSource(input: EmitInput): string {
  if (input.kind === "line") return lineSource(input.line);
  return fileSource(input.path === "-" ? "stdin" : basename(input.path));
}
