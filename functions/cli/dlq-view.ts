// Dead letters, for people.

import type { DeadLetterDetail, DeadLetterSummary } from "../dashboard/shapes.ts";
import { type Fact, factLines } from "./facts.ts";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";
import { table } from "./table.ts";
import { ago, moment } from "./times.ts";
import { wrap } from "./wrap.ts";

interface Page {
  readonly items: readonly DeadLetterSummary[];
  readonly next?: string;
}

export function deadLettersLines(
  { items, next }: Page,
  { now, filtered }: { readonly now: number; readonly filtered: boolean },
  output: Output,
): readonly string[] {
  const { palette, signs } = output;
  if (items.length === 0) {
    return [filtered ? "No dead letter is like that." : palette.good("There are no dead letters.")];
  }
  const again = items.some(({ redriven }) => redriven > 0);
  const columns = [
    { title: "number", align: "right" as const },
    { title: "given up", align: "right" as const },
    { title: "step" },
    { title: "reason", cut: true },
    { title: "subject", cut: true, optional: true },
    ...(again ? [{ title: "again", align: "right" as const, optional: true }] : []),
    { title: "what it says", cut: true },
  ];
  const rows = items.map(({ number, time, step, reason, subject, id, message, redriven }) => [
    String(number),
    ago(time, now),
    printable(step),
    palette.bad(printable(reason)),
    printable(subject ?? id),
    ...(again ? [redriven > 0 ? `${redriven}x` : ""] : []),
    printable(message),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  const more = next === undefined ? [] : [palette.quiet(`and older ones: --limit ${items.length * 5} shows more`)];
  return [palette.quiet(titles), ...lines, ...more];
}

export function deadLetterLines(letter: DeadLetterDetail, now: number, output: Output): readonly string[] {
  const { palette, room } = output;
  const { strong, quiet, bad } = palette;
  const { number, step, time, reason, status, event, redriven, subject, id, source, type, pipeline } = letter;
  const { data, data_base64, ...all } = event;
  const facts: readonly Fact[] = [
    ["time", moment(time)],
    ["answer", status === undefined ? "none came" : String(status)],
    ["sent again", redriven === 0 ? undefined : `${redriven}x`],
    ["pipeline", pipeline && printable(pipeline)],
    ["subject", subject && printable(subject)],
    ["type", printable(type)],
    ["source", printable(source)],
    ["id", printable(id)],
  ];
  // What the broker has added is told above.
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
      ? [`  ${Math.floor((data_base64.length * 3) / 4)} bytes, base64: ${data_base64.slice(0, 60)}...`]
      : jsonLines(data)),
    "",
    quiet(`wadi dlq redrive ${number} sends it again; wadi dlq drop ${number} removes it`),
  ];
}

/** What a step said may have lines of its own: one a field at fault. */
function wrapped(message: string, columns: number): readonly string[] {
  return message.split("\n").flatMap((line) => wrap(printable(line), columns).map((part) => `  ${part}`));
}

function jsonLines(value: unknown): readonly string[] {
  if (value === undefined) return ["  none"];
  const text = JSON.stringify(value, undefined, 2) ?? "null";
  // JSON writes what steers as \u001b; the C1 characters it lets through.
  return text.split("\n").map((line) => `  ${printable(line)}`);
}
