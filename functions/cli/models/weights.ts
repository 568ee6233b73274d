// wadi models weights: what the models that are sums add up, and how their weights moved.

import { Command } from "commander";
import type { ModelWeights, Weights } from "../../admin/shapes/weights.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { count, plural } from "../../lib/figures.ts";
import { metricValue, metricValues } from "../../lib/learners/metrics/title.ts";
import { type AdminFlags, withModels, withModelsOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { wholeNumber } from "../option-values.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { sparkline } from "../terminal/sparkline.ts";
import { type Column, table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import { SET, unknownSet, writtenSet } from "./names.ts";

interface WeightsFlags extends AdminFlags {
  readonly limit?: string;
}

const SHOWN = 30;
const MAX_SHOWN = 200;
/** A snapshot each, and now. */
const WIDEST_SPARKLINE = 40;

export function weightsCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  return withModelsOptions(
    new Command("weights")
      .argument("<set>", SET)
      .option("--limit <number>", `at most this many weights of each model (${SHOWN}; ${MAX_SHOWN} at most)`),
  )
    .summary("the weights of models that are sums, and how they moved")
    .description(
      "Shows the weights of a model set's models that are sums, by feature as their chains make them, the largest first, and how " +
        "each moved over the snapshots that are kept. A weight says how much one more of its feature, as the chain makes it, adds.",
    )
    .action((set: string, flags: WeightsFlags) => {
      const limit = flags.limit === undefined ? SHOWN : wholeNumber("--limit", flags.limit, 1, MAX_SHOWN);
      return withModels(context, flags, async (admin) => {
        const name = writtenSet(set);
        const weights = await admin.weights(name, { limit }).catch(async (error: unknown) => {
          throw error instanceof NotFoundError ? await unknownSet(admin, name, error) : error;
        });
        if (flags.json === true) writeJson(weights, out);
        else writeLines(weightLines(weights, out), out);
      });
    });
}

export function weightLines({ set, version, versions, models }: Weights, output: Output): readonly string[] {
  const { strong, quiet } = output.palette;
  const wrapped = (text: string) => wrap(text, output.room());
  const head = `${strong(printable(set))} at version ${count(version)}`;
  if (models.length === 0) {
    return [head, ...wrapped("It has no model that is a sum of weights, or none that can be read here.")];
  }
  const [first, last] = [versions[0], versions.at(-1)];
  const range =
    first === last
      ? `version ${count(first?.version ?? 0)}`
      : `versions ${count(first?.version ?? 0)} to ${count(last?.version ?? 0)}`;
  const before =
    first === undefined
      ? "No snapshot of an earlier version is kept yet, so nothing shows how the weights moved."
      : `How they moved is told by ${plural(versions.length, "snapshot")}, ${range}, and by now.`;
  return [head, ...wrapped(before).map(quiet), ...models.flatMap((model) => ["", ...modelLines(model, output)])];
}

function modelLines(model: ModelWeights, output: Output): readonly string[] {
  const { name, serves, unit, intercept, weights, others } = model;
  const { palette, signs } = output;
  const from = intercept === undefined ? "" : `, from ${metricValue(intercept)} on`;
  const title = `${serves ? `${signs.serves} ` : ""}${palette.strong(printable(name))}  ${MEANS[unit]}${from}`;
  const titled = wrap(title, output.room());
  if (weights.length === 0) return [...titled, palette.quiet("It has no weight yet.")];
  const byClass = weights.some((one) => one.class !== undefined);
  const moves = weights.some(({ before }) => before.some((value) => value !== null));
  const columns: Column[] = [
    { title: "feature", cut: true },
    ...(byClass ? [{ title: "class", cut: true }] : []),
    { title: "weight", align: "right" },
    ...(moves ? [{ title: "at first", align: "right", optional: true } as const, { title: "how it moved" }] : []),
  ];
  const values = metricValues(weights.map(({ now }) => now));
  const firsts = metricValues(weights.map(({ before }) => before.find((value) => value !== null) ?? undefined));
  const rows = weights.map(({ feature, class: of, now, before }, row) => [
    printable(feature),
    ...(byClass ? [printable(of ?? "")] : []),
    values[row] ?? "",
    ...(moves ? [firsts[row] ?? "", palette.accent(moved(before, now, output))] : []),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  const more = others === 0 ? [] : [palette.quiet(`and ${count(others)} smaller ${others === 1 ? "one" : "ones"}`)];
  return [...titled, palette.quiet(titles), ...lines, ...more];
}

const MEANS: Readonly<Record<ModelWeights["unit"], string>> = {
  target: "adds up to the prediction",
  "log-odds": "adds up to s, and P(true) is 1 / (1 + e^-s)",
  "log-probability": "adds up to an s for each class, and the share of a class is that of its e^s",
};

/** A blank where there was no such weight. */
function moved(before: readonly (number | null)[], now: number, output: Output): string {
  return sparkline([...before.map((value) => value ?? Number.NaN), now], WIDEST_SPARKLINE, output).trimEnd();
}
