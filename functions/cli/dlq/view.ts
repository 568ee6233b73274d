// Dead letters, for people.

import type { DeadLetterDetail, DeadLetterSummary } from "../../admin/shapes/shapes.ts";
import { plural } from "../../lib/figures.ts";
import { ago, moment } from "../../lib/times.ts";
import { type Fact, factLines } from "../terminal/facts.ts";
import type { Output } from "../terminal/output.ts";
import { printable, printableJson } from "../terminal/printable.ts";
import { table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";

interface Page {
  readonly items: readonly DeadLetterSummary[];
  readonly next?: string;
}

export function deadLettersLines(
  { items, next }: Page,
  { now, filtered, meant }: { readonly now: number; readonly filtered: boolean; readonly meant: string },
  output: Output,
): readonly string[] {
  const { palette, signs } = output;
  if (items.length === 0) {
    const none = meant === "" ? "No dead letter matches." : `No dead letter matches; ${printable(meant)}`;
    return [filtered ? none : palette.good("There are no dead letters.")];
  }
  const again = items.some(({ redriven }) => redriven > 0);
  const columns = [
    { title: "number", align: "right" as const },
    { title: "given up", align: "right" as const },
    { title: "step" },
    { title: "reason", cut: true },
    { title: "subject", cut: true, optional: true },
    ...(again ? [{ title: "again", align: "right" as const, optional: "early" as const }] : []),
    { title: "what it says", cut: true },
  ];
  const rows = items.map(({ number, time, step, reason, subject, message, redriven }) => [
    String(number),
    ago(time, now),
    printable(step),
    palette.bad(printable(reason)),
    printable(subject ?? "-"),
    ...(again ? [redriven > 0 ? `${redriven}x` : ""] : []),
    printable(tellingPart(message)),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  const more =
    next === undefined ? [] : [palette.quiet(`there are older ones: --limit ${items.length * 5} shows more`)];
  return [palette.quiet(titles), ...lines, ...more];
}

/** Without the beginning that nearly all have: a line of a table may end before it says anything. */
export function tellingPart(message: string): string {
  return message.replace(/^the (?:observation|label|record) does not fit schema \d+ of pipeline \S+: /, "");
}

/** Characters of data that are bytes. */
const SHOWN_BASE64 = 60;

/** @param reached what a command takes to reach the same Wadi. */
export function deadLetterLines(
  letter: DeadLetterDetail,
  now: number,
  output: Output,
  reached = "",
): readonly string[] {
  const { palette, room } = output;
  const { strong, quiet, bad } = palette;
  const { number, step, time, reason, status, event, redriven, subject, id, source, type, pipeline } = letter;
  const { data, data_base64, ...all } = event;
  const facts: readonly Fact[] = [
    ["time", moment(time)],
    ["answer", status === undefined ? "none" : String(status)],
    ["sent again", redriven === 0 ? undefined : `${redriven}x`],
    ["pipeline", pipeline && printable(pipeline)],
    ["subject", subject && printable(subject)],
    ["type", printable(type)],
    ["source", printable(source)],
    ["id", printable(id)],
  ];
  // What the broker added is shown above.
  const attributes = Object.fromEntries(
    Object.entries(all).filter(([name]) => !/^(knativeerror|wadireason$)/.test(name)),
  );
  return [
    `${strong(`Dead letter ${number}`)}: ${bad(printable(reason))}, given up by ${printable(step)} ${ago(time, now)}`,
    "",
    ...wrapped(letter.message, room() - 2),
    "",
    ...factLines(facts, output),
    "",
    quiet("the event"),
    ...jsonLines(attributes),
    quiet("its data"),
    ...(data === undefined && typeof data_base64 === "string"
      ? [
          `  ${plural(Buffer.byteLength(data_base64, "base64"), "byte")}, base64: ${shortened(data_base64, SHOWN_BASE64)}`,
        ]
      : jsonLines(data)),
    "",
    quiet(`wadi dlq redrive ${number}${reached} sends it again; wadi dlq drop ${number}${reached} removes it`),
  ];
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}...`;
}

/** What a step said may have lines of its own: one a field at fault. */
function wrapped(message: string, columns: number): readonly string[] {
  return message.split("\n").flatMap((line) => wrap(printable(line), columns).map((part) => `  ${part}`));
}

function jsonLines(value: unknown): readonly string[] {
  if (value === undefined) return ["  none"];
  const text = JSON.stringify(value, undefined, 2) ?? "null";
  return printableJson(text)
    .split("\n")
    .map((line) => `  ${line}`);
}
