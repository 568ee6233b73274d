// wadi predict: asks a running Wadi for predictions, and shows each model's.

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { asError } from "../../lib/errors.ts";
import type { PredictionAsk } from "../../lib/events/vocabulary.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { levelProblem } from "../../lib/learners/conformal.ts";
import { programName } from "../../lib/program.ts";
import { createPoster, type PostAnswer } from "../../lib/serve/poster.ts";
import { type CommandContext, DEFAULT_URL } from "../context.ts";
import { ingressUrl } from "../option-values.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { readRecords } from "./input.ts";
import { type Inferred, isInferred, predictionLines } from "./view.ts";

interface PredictFlags {
  readonly pipeline?: string;
  readonly url?: string;
  readonly id?: string;
  readonly interval?: string;
  readonly explain?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  wadi predict --pipeline line x=0.5
  wadi predict --pipeline flights '{"date": "2001-01-01T08:30:00Z", "distance": 1750, "origin": "DTW"}'
  wadi predict --pipeline flights - < records.ndjson                      one row for each record
  wadi predict --pipeline line x=0.5 --interval 0.9 --explain             how sure, and why
  wadi predict --pipeline line x=0.5 --json | jq '.outputs[0].data[0]'

Fields given as <name>=<value> are read as numbers, true or false where they look like it, else as texts (also NA and
null); an empty one (<name>=) is left out. JSON is exact: '{"zip": "00123"}'.
With --id the observation is recorded under this id, so that a label for it is learned later.

--interval 0.9 adds a range, of a classification the classes, that has the truth in 90 of 100 cases, by how far off the
served model was so far; there is none before it has about 30 scores. --explain adds what each feature, as the chain of
the served model makes it, adds to its prediction, or the way through its tree.

--json writes the answer of the Open Inference Protocol v2: {model_name, model_version,
parameters: {stale, staleness_ms}, outputs: [{name, shape, datatype, data}]}; prediction is the champion's, model:<name>
that of each model; stale means that the store is away and the last known version answered. --interval adds lower and
upper, or classes (a JSON list), and interval_note, which says why there is none; --explain adds explanation, which is JSON.

Exit codes: 0 predicted; 1 the record does not fit the pipeline, or Wadi did not answer; 2 wrong use.`;

const PATIENCE_MS = 30_000;
const MAX_ANSWER_CHARS = 4 * 1024 * 1024;

export function predictCommand(context: CommandContext): Command {
  return new Command("predict")
    .summary("predict for an observation")
    .description("Asks a running Wadi for predictions, and shows that of each model; the champion's is marked.")
    .argument("[record...]", "JSON, fields as <name>=<value>, or - for standard input")
    .option("--pipeline <name>", "the pipeline to ask")
    .option("--url <url>", `the address of Wadi (WADI_URL, else the Wadi that runs here, else ${DEFAULT_URL})`)
    .option("--id <id>", "record the observation under this id, so that a label can follow")
    .option("--interval <level>", "add where the truth is in this share of all cases: 0.9")
    .option("--explain", "add what each feature adds to the prediction, or its way through the tree")
    .option("--json", "the answer as JSON")
    .addHelpText("after", HELP)
    .action((texts: readonly string[], flags: PredictFlags) => predict(texts, flags, context));
}

async function predict(
  texts: readonly string[],
  flags: PredictFlags,
  { terminal, env }: CommandContext,
): Promise<void> {
  const { pipeline, id, json } = flags;
  if (pipeline === undefined || pipeline === "") {
    throw new UsageError("which pipeline? add --pipeline <name>; wadi status lists them");
  }
  if (id === "") throw new UsageError("--id is empty; give the observation an id or leave it out");
  const records = readRecords(texts, () => readFileSync(0, "utf8"));
  const ingress = ingressUrl(flags.url === undefined ? "WADI_URL" : "--url", flags.url ?? env["WADI_URL"]);
  const url = new URL(`v2/models/${encodeURIComponent(pipeline)}/infer`, ingress).href;
  const inputs = records.length === 1 ? records[0] : records;
  const parameters = parametersOf(flags);
  const asked = { ...(id !== undefined && { id }), ...(parameters && { parameters }), inputs };
  const answer = inferredOf(await post(url, asked), url);
  if (json === true) writeJson(answer, terminal.out);
  else writeLines(predictionLines(answer, records.length, terminal.out), terminal.out);
}

/** Undefined where nothing more is asked for. */
function parametersOf({ interval: text, explain }: PredictFlags): PredictionAsk | undefined {
  const interval = text === undefined || text.trim() === "" ? text : Number(text);
  const problem = interval === undefined ? undefined : levelProblem(interval);
  if (problem !== undefined) throw new UsageError(`--interval: ${JSON.stringify(text)} ${problem}`);
  const asked = { ...(interval !== undefined && { interval: interval as number }), ...(explain && { explain }) };
  return Object.keys(asked).length === 0 ? undefined : asked;
}

async function post(url: string, request: unknown): Promise<PostAnswer> {
  const poster = createPoster(url, PATIENCE_MS, 1, MAX_ANSWER_CHARS);
  try {
    return await poster.post({ "content-type": "application/json" }, JSON.stringify(request));
  } catch (error) {
    const { message, code } = asError(error) as NodeJS.ErrnoException;
    throw new FailedError(
      `${url} does not answer (${message || code}); start Wadi with \`${programName()} start\`, or give its address with --url`,
      { cause: error },
    );
  } finally {
    poster.close();
  }
}

function inferredOf({ status, text, whole }: PostAnswer, url: string): Inferred {
  const body = parsed(text);
  if (status === 200 && isInferred(body)) return body;
  if (status === 200 && !whole) throw new FailedError("the answer is too long; ask for fewer records at once");
  const { detail, message = detail } = (body ?? {}) as { detail?: unknown; message?: unknown };
  if (typeof message === "string") throw new FailedError(message);
  throw new FailedError(`${url} answers ${status} and is not a Wadi; give the address of a running one with --url`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
