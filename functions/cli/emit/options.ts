// Reads and checks the options of `wadi emit`. Errors come before anything is sent and name the cure.

import type { ExamplePlan } from "../../feed/examples.ts";
import { generators } from "../../feed/generators/index.ts";
import { parseRenames } from "../../feed/rows/column-names.ts";
import { MAX_BATCH_EVENTS } from "../../lib/events/batch.ts";
import { UsageError } from "../../lib/failure.ts";
import { readNames } from "../csv-dialect.ts";
import { ingressUrl, labelDelay, realNumber, wholeNumber } from "../option-values.ts";
import { columnOf } from "../rows/file-input.ts";
import type { EmitFlags } from "./flags.ts";
import { defaultSource, type EmitInput, readInput } from "./input.ts";

export interface EmitPlan {
  readonly input: EmitInput;
  readonly url: string;
  readonly examples: ExamplePlan;
  /** Rows at most. */
  readonly limit: number;
  /** Events a second; undefined: as fast as they are accepted. */
  readonly rate?: number;
  /** Events under way at most; undefined: as many as a batch takes, or DEFAULT_LIMIT. */
  readonly concurrency?: number;
  /** Observations are sent in Avro. */
  readonly avro: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  /** Whether `validate` is asked about the first row before anything is sent. */
  readonly check: boolean;
}

/** @throws UsageError naming the option and the cure. */
export function readEmitOptions(
  file: string | undefined,
  flags: EmitFlags,
  env: Readonly<Record<string, string | undefined>>,
): EmitPlan {
  const input = readInput(file, flags);
  const rate = flags.rate === undefined ? undefined : realNumber("--rate", flags.rate, 0.001, 1e6);
  if (flags.json === true && flags.dryRun === true) {
    throw new UsageError("--json and --dry-run both write to standard output; leave one out");
  }
  return {
    input,
    url: emitUrl(flags, env),
    examples: readExamplePlan(input, flags),
    limit: flags.limit === undefined ? Number.POSITIVE_INFINITY : wholeNumber("--limit", flags.limit, 1),
    ...(rate === undefined ? {} : { rate }),
    ...(flags.concurrency === undefined
      ? {}
      : { concurrency: wholeNumber("--concurrency", flags.concurrency, 1, MAX_BATCH_EVENTS) }),
    avro: flags.avro === true,
    dryRun: flags.dryRun === true,
    json: flags.json === true,
    check: flags.check !== false,
  };
}

/** Where the events go. @throws UsageError for what is no address. */
export function emitUrl({ url }: EmitFlags, env: Readonly<Record<string, string | undefined>>): string {
  return ingressUrl(url === undefined ? "WADI_URL" : "--url", url ?? env["WADI_URL"]);
}

function readExamplePlan(input: EmitInput, flags: EmitFlags): ExamplePlan {
  const source = flags.source ?? defaultSource(input);
  // RFC 3986 leaves little out; what is no URI reference at all has blanks or nothing.
  if (!/^[\u0021-\u007e]+$/.test(source)) {
    throw new UsageError(`--source: ${JSON.stringify(source)} is no URI reference; write it like /my/app`);
  }
  for (const name of ["id", "subject", "subjectField", "time", "target", "pipeline"] as const) {
    if (flags[name] === "")
      throw new UsageError(`--${name.replace("F", "-f")} is empty; give it a name or leave it out`);
  }
  const generator = input.kind === "file" ? undefined : generators[input.kind];
  const pipeline = flags.pipeline ?? generator?.pipeline;
  const rename = flags.rename === undefined ? [] : parseRenames(flags.rename);
  const column = (name: string) => columnOf(name, rename);
  const late = readLate(input, flags, column);
  // What the body names it is its name.
  const subject = flags.subjectField ?? flags.subject;
  return {
    source,
    ...(pipeline === undefined ? {} : { pipeline }),
    ...(flags.id === undefined ? {} : { id: column(flags.id) }),
    ...(subject === undefined ? {} : { subject: column(subject) }),
    ...(flags.time === undefined ? {} : { time: column(flags.time) }),
    ...(flags.omit === undefined ? {} : { omit: readNames(flags.omit) }),
    ...(rename.length === 0 ? {} : { rename }),
    ...(late === undefined ? {} : { late }),
    ...generator?.plan,
  };
}

function readLate(
  input: EmitInput,
  { lateLabels, target, time, subjectField }: EmitFlags,
  column: (name: string) => string,
): ExamplePlan["late"] {
  if (lateLabels === undefined) {
    if (target === undefined) return undefined;
    throw new UsageError("--target is for --late-labels; without it each row has its truth");
  }
  const delay = labelDelay("--late-labels", lateLabels);
  if (delay.kind !== "rows" && input.kind !== "file") {
    throw new UsageError(`--late-labels ${lateLabels}: the rows of a line have no times; say after how many rows: 10`);
  }
  if (delay.kind !== "rows" && time === undefined) {
    throw new UsageError(`--late-labels ${lateLabels} counts from the time of a row; add --time <column>`);
  }
  const named = target ?? (input.kind === "file" ? undefined : generators[input.kind].target);
  if (named === undefined) {
    throw new UsageError(
      "--late-labels needs the column with the truth: add --target <column>, the name of the pipeline's target field",
    );
  }
  return {
    target: column(named),
    ...(subjectField !== undefined && { subject: column(subjectField) }),
    delay: delay.kind === "column" ? { kind: "column", name: column(delay.name) } : delay,
  };
}
