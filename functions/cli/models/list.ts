// wadi models list: with modelPer there may be thousands of sets.

import { Command, Option } from "commander";
import type { Admin } from "../../admin/admin.ts";
import type { ModelSetPage, ModelSetsQuery } from "../../admin/shapes/model-sets.ts";
import type { ModelSetSummary } from "../../admin/shapes/shapes.ts";
import { count } from "../../lib/figures.ts";
import { type AdminFlags, withModels, withModelsOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { wholeNumber } from "../option-values.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { wrap } from "../terminal/wrap.ts";
import { modelSetsLines } from "./view.ts";

interface ListFlags extends AdminFlags {
  readonly sort: Sort;
  readonly limit?: string;
  readonly after?: string;
}

type Sort = NonNullable<ModelSetsQuery["sort"]>;
const SORTS: readonly Sort[] = ["name", "worst", "newest", "silent"];

/** The most that the API answers at once. */
const PAGE = 1000;
const SHOWN = 100;
const MAX_SHOWN = 100_000;

export function modelsListCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  return withModelsOptions(
    new Command("list")
      .argument("[prefix]", "only sets whose names begin with this: flights/ for those of one pipeline")
      .addOption(
        new Option(
          "--sort <order>",
          "by name; worst: by the champion's first score, rolling before cumulative; newest, silent: by the last commit",
        )
          .choices(SORTS)
          .default("name"),
      )
      .option("--limit <number>", `at most this many (${SHOWN}; with --json all)`)
      .option("--after <set>", "continue after this set; in another order after what the page before said"),
  )
    .summary("all model sets, each with its champion and its scores")
    .description("Lists the model sets that have learned, each with its champion and the champion's scores.")
    .action((prefix: string | undefined, flags: ListFlags) => {
      const byDefault = flags.json === true ? Number.POSITIVE_INFINITY : SHOWN;
      const limit = flags.limit === undefined ? byDefault : wholeNumber("--limit", flags.limit, 1, MAX_SHOWN);
      return withModels(context, flags, async (admin) => {
        const { sort } = flags;
        const page = await listed(admin, { prefix, after: flags.after, sort }, limit);
        const { items, next } = page;
        if (flags.json === true) return writeJson({ items, ...(next !== undefined && { next }) }, out);
        const shown = sort === "newest" || sort === "silent" ? { now: context.clock.now() } : {};
        const lines = items.length === 0 ? nothingLines(prefix, flags.after, out) : modelSetsLines(items, out, shown);
        const asked = { prefix, limit: flags.limit, sort };
        writeLines([...lines, ...(next === undefined ? [] : restLines(page, next, asked, out))], out);
      });
    });
}

interface Asked {
  readonly prefix: string | undefined;
  readonly sort: Sort;
  readonly limit: string | undefined;
}

interface From {
  readonly prefix: string | undefined;
  readonly after: string | undefined;
  readonly sort: Sort;
}

async function listed(admin: Admin, { prefix, after: from, sort }: From, limit: number): Promise<ModelSetPage> {
  const items: ModelSetSummary[] = [];
  for (let after = from; ; ) {
    const page = await admin.models({
      limit: Math.min(PAGE, limit - items.length),
      ...(prefix !== undefined && { prefix }),
      ...(sort !== "name" && { sort }),
      ...(after !== undefined && { after }),
    });
    items.push(...page.items);
    if (page.next === undefined || items.length >= limit) return { ...page, items };
    after = page.next;
  }
}

/** The command that shows the next page: the same options, with --after. */
function restLines(
  page: ModelSetPage,
  next: string,
  { prefix, limit, sort }: Asked,
  output: Output,
): readonly string[] {
  const order = sort === "name" ? [] : ["--sort", sort];
  const asked = [
    ...(prefix === undefined ? [] : [prefix]),
    ...order,
    ...(limit === undefined ? [] : ["--limit", limit]),
  ];
  const command = ["wadi models list", ...asked, "--after", next].map(printable).join(" ");
  const shown = count(page.items.length);
  const sum = page.count === undefined ? shown : `${shown} of ${count(page.count)}`;
  return ["", ...wrap(`${sum} model sets; for the next: ${command}`, output.room()).map(output.palette.quiet)];
}

function nothingLines(prefix: string | undefined, after: string | undefined, output: Output): readonly string[] {
  if (prefix === undefined && after === undefined) return modelSetsLines([], output);
  const where = [
    ...(prefix === undefined ? [] : [`whose name begins with ${printable(prefix)}`]),
    ...(after === undefined ? [] : [`after ${printable(after)}`]),
  ];
  const text = `No model set ${where.join(" ")} has learned; wadi models list shows those that have`;
  return wrap(text, output.room()).map(output.palette.quiet);
}
