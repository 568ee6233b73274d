// What `wadi generator start` asks for, from its options and the file.

import { basename } from "node:path";
import type { GeneratorRequest } from "../../admin/shapes/generator.ts";
import { openTextSource } from "../../feed/rows/text-source.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { suggestion } from "../../lib/nearest.ts";
import { labelDelay, realNumber, wholeNumber } from "../option-values.ts";

export interface StartFlags {
  readonly pipeline?: string;
  readonly from?: string;
  readonly rate?: string;
  readonly n?: string;
  readonly seed?: string;
  readonly beta?: string;
  readonly sigma?: string;
  readonly users?: string;
  readonly time?: string;
  readonly lateLabels?: string;
}

export const MOST_A_SECOND = 5000;
export const LARGEST = 1e6;
const NAMES: readonly GeneratorRequest["from"][] = ["line", "app-sessions", "file"];
const DEFAULTS = { rate: 10, beta: 2, sigma: 0.1 } as const;
const MOST_CHARS = 32 * 1024 * 1024;

/** @throws UsageError; FailedError for a file that is no text, or too large. */
export async function readRequest(path: string | undefined, flags: StartFlags): Promise<GeneratorRequest> {
  const { n, seed, users, lateLabels } = flags;
  const from = readFrom(path, flags.from);
  const pipeline = flags.pipeline ?? (from === "line" ? "line" : undefined);
  if (!pipeline) throw new UsageError("which pipeline? add --pipeline <name>; wadi status lists them");
  if (lateLabels !== undefined) labelDelay("--late-labels", lateLabels);
  return {
    pipeline,
    from,
    rate: realNumber("--rate", flags.rate ?? String(DEFAULTS.rate), Number.MIN_VALUE, MOST_A_SECOND),
    ...(n !== undefined && { n: wholeNumber("--n", n, 1, 100_000_000) }),
    ...(seed !== undefined && { seed: wholeNumber("--seed", seed, 0, 2 ** 31 - 1) }),
    ...(users !== undefined && { users: wholeNumber("--users", users, 1, 1_000_000) }),
    ...lineOf(flags),
    ...(path !== undefined && { file: await fileOf(path, flags.time) }),
    ...(lateLabels !== undefined && { lateLabels }),
  };
}

function readFrom(path: string | undefined, given: string | undefined): GeneratorRequest["from"] {
  if (given !== undefined && !NAMES.includes(given as GeneratorRequest["from"])) {
    throw new UsageError(`--from: there is no generator ${JSON.stringify(given)}${suggestion(given, NAMES)}`);
  }
  const from = (given ?? (path === undefined ? undefined : "file")) as GeneratorRequest["from"] | undefined;
  if (from === undefined) throw new UsageError("what is to be sent? name a file, or add --from line");
  if (from === "file" && path === undefined) throw new UsageError("which file? name it: wadi generator start rows.csv");
  if (from !== "file" && path !== undefined) throw new UsageError(`send ${path} or --from ${from}, not both`);
  return from;
}

function lineOf({ beta, sigma }: StartFlags): Pick<GeneratorRequest, "line"> {
  if (beta === undefined && sigma === undefined) return {};
  return {
    line: {
      beta: beta === undefined ? DEFAULTS.beta : realNumber("--beta", beta, -LARGEST, LARGEST),
      sigma: sigma === undefined ? DEFAULTS.sigma : realNumber("--sigma", sigma, 0, LARGEST),
    },
  };
}

async function fileOf(path: string, time: string | undefined): Promise<NonNullable<GeneratorRequest["file"]>> {
  const { text } = await openTextSource(path, new AbortController().signal);
  let read = "";
  for await (const piece of text) {
    read += piece;
    if (read.length > MOST_CHARS) {
      throw new FailedError(
        `${path} is larger than the 32 MiB that a generator takes; wadi emit sends files of any size`,
      );
    }
  }
  return { name: basename(path), text: read, ...(time !== undefined && { time }) };
}
