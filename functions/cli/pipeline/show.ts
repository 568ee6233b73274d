// wadi pipeline show: one deployed pipeline, as a Wadi has read it.

import { Command } from "commander";
import type { LearnedOfField } from "../../admin/shapes/learned-fields.ts";
import type { PipelineDetail, PipelineField } from "../../admin/shapes/tries.ts";
import { count, duration, plural } from "../../lib/figures.ts";
import { metricValue } from "../../lib/learners/metrics/title.ts";
import { type AdminFlags, withAdmin, withAdminOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { type Fact, factLines } from "../terminal/facts.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { table } from "../terminal/table.ts";

const HELP = `
Examples:
  wadi pipeline show flights
  wadi pipeline show flights --json | jq -r .text            its file, as it was read at the start

--json writes {name, description, file, task, target, labelHorizonMs, serve, subject, schemaVersions, fields, models, baselines,
metrics, labels, record: [{name, kind, symbols, optional, isTarget, isTime, isSubject, default, learned}], features: [{name, open,
kind, from, as}], learnedFrom: {set, count}, example: {record, from, time}, classes, modelPer, text}; kind is number, integer,
text, boolean, time or enum. learned is what the models have learned of a field: {n, mean, deviation}, {least, most} or {values,
valuesInAll}; example is the newest observation, or one that is made up of what is usual. They are absent where nothing is known.

Exit codes: 0 shown; 1 no such pipeline is deployed; 2 wrong use.`;

const SHOWN_VALUES = 5;

export function pipelineShowCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  return withAdminOptions(new Command("show").argument("<name>", "the pipeline"))
    .summary("a deployed pipeline: its fields, its models")
    .description("Shows a deployed pipeline: the fields of its observations, what it predicts, its models.")
    .addHelpText("after", HELP)
    .action((name: string, flags: AdminFlags) =>
      withAdmin(context, flags, async (admin) => {
        const pipeline = await admin.pipeline(name);
        if (flags.json === true) writeJson(pipeline, out);
        else writeLines(pipelineLines(pipeline, out), out);
      }),
    );
}

function pipelineLines(pipeline: PipelineDetail, output: Output): readonly string[] {
  const { palette, signs } = output;
  const { name, description, file, task, target, classes, modelPer, models, metrics, learnedFrom } = pipeline;
  const facts: readonly Fact[] = [
    ["pipeline", palette.strong(printable(name))],
    ["about", description === "" ? undefined : printable(description)],
    ["file", printable(file)],
    ["predicts", `${target === undefined ? "what is unusual" : printable(target)} (${task})`],
    ["classes", classes && printable(classes.join(", "))],
    ["a model for", modelPer && `each ${printable(modelPer)}`],
    ["models", printable(models.map((one) => modelText(one, pipeline)).join(", "))],
    ["metrics", printable(metrics.join(", "))],
    ["learned", learnedFrom && `${plural(learnedFrom.count, "example")} in ${printable(learnedFrom.set)}`],
    ["labels", `waited for ${duration(pipeline.labelHorizonMs)}`],
  ];
  const isAnyLearned = pipeline.record.some(({ learned }) => learned !== undefined);
  const rows = pipeline.record.map((field) => [
    printable(field.name),
    kindText(field),
    ...(isAnyLearned ? [learnedText(field.learned)] : []),
    roleText(field),
  ]);
  const columns = [
    { title: "field" },
    { title: "is", cut: true },
    ...(isAnyLearned ? [{ title: "was, so far", cut: true }] : []),
    { title: "" },
  ];
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  return [...factLines(facts, output), "", palette.quiet(titles), ...lines];
}

function modelText(name: string, { serve, baselines }: PipelineDetail): string {
  const notes = [name === serve && "serves", baselines.includes(name) && "a baseline"].filter((note) => note !== false);
  return notes.length === 0 ? name : `${name} (${notes.join(", ")})`;
}

function learnedText({ mean, deviation, least, most, values, valuesInAll = 0 }: LearnedOfField = {}): string {
  if (mean !== undefined) return `${metricValue(mean)}, give or take ${metricValue(deviation)}`;
  if (least !== undefined) return `${metricValue(least)} to ${metricValue(most)}`;
  if (values === undefined) return "";
  const shown = values.slice(0, SHOWN_VALUES);
  return printable(`${shown.join(", ")}${valuesInAll > shown.length ? `, … (${count(valuesInAll)})` : ""}`);
}

function kindText({ kind, symbols = [], optional }: PipelineField): string {
  const what = kind === "enum" ? `one of ${printable(symbols.join(", "))}` : kind;
  return optional ? `${what}, may be left out` : what;
}

function roleText({ isTarget, isTime, isSubject }: PipelineField): string {
  const roles = [isTarget && "the target", isTime && "the event's time", isSubject && "names the observation"];
  return roles.filter((role) => role !== false).join(", ");
}
