// wadi dlq groups: what went wrong, and how often.

import { Command } from "commander";
import type { LetterGroup, LetterGroups } from "../../admin/shapes/letter-groups.ts";
import { count, plural } from "../../lib/figures.ts";
import { ago } from "../../lib/times.ts";
import { type AdminFlags, withAdmin, withAdminOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { shellWord } from "../terminal/shell-words.ts";
import { type Column, table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import { tellingPart } from "./view.ts";

export function groupsCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  return withAdminOptions(new Command("groups"))
    .summary("the dead letters by what went wrong, the most frequent first")
    .description("Counts the newest 10,000 dead letters by reason, step, pipeline and the field at fault.")
    .action((flags: AdminFlags) =>
      withAdmin(context, flags, async (admin) => {
        const groups = await admin.deadLetterGroups();
        if (flags.json === true) writeJson(groups, out);
        else writeLines(groupLines(groups, context.clock.now(), out), out);
      }),
    );
}

export function groupLines({ items, counted, all }: LetterGroups, now: number, output: Output): readonly string[] {
  const { palette, signs } = output;
  const [first] = items;
  if (first === undefined) return [palette.good("There are no dead letters.")];
  const again = items.some(({ redriven }) => redriven > 0);
  const right = (title: string): Column => ({ title, align: "right" });
  const columns: Column[] = [
    right("letters"),
    ...(again ? [{ ...right("came back"), optional: "early" as const }] : []),
    { title: "reason", cut: true },
    { title: "step" },
    { title: "pipeline", cut: true, optional: true },
    { title: "field", cut: true },
    { ...right("newest"), optional: true },
    right("such as"),
    { title: "which says", cut: true },
  ];
  const rows = items.map(({ letters, redriven, reason, step, pipeline, field, newest, example }) => [
    count(letters),
    ...(again ? [redriven === 0 ? "" : count(redriven)] : []),
    palette.bad(printable(reason)),
    printable(step),
    printable(pipeline ?? "-"),
    printable(field ?? "-"),
    ago(newest, now),
    String(example.number),
    printable(tellingPart(example.message)),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  const left = all > counted ? [`of ${plural(all, "dead letter")} the newest ${count(counted)} are counted`] : [];
  const notes = [...left, `once it is mended: ${redriveCommand(first)} sends the first ones again`];
  return [palette.quiet(titles), ...lines, ...notes.flatMap((note) => wrap(note, output.room())).map(palette.quiet)];
}

/** Whatever field is at fault. */
function redriveCommand({ reason, step, pipeline }: LetterGroup): string {
  const of = pipeline === undefined ? "" : ` --pipeline ${shellWord(printable(pipeline))}`;
  return `wadi dlq redrive --reason ${shellWord(printable(reason))} --step ${shellWord(printable(step))}${of}`;
}
