// Events of the tail, for people: a line each, in columns that do not move while it is followed.

import stringWidth from "string-width";
import type { TailEvent } from "../../admin/shapes/events.ts";
import { moment } from "../../lib/times.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { cut } from "../terminal/table.ts";

const STEP_WIDTH = 9;
const TYPE_WIDTH = 21;
const NAME_WIDTH = 20;

export function eventLines(items: readonly TailEvent[], output: Output): readonly string[] {
  return items.map((item) => cut(eventLine(item, output), output.room(), output.signs.cut));
}

function eventLine({ time, outcome, type, step, pipeline, subject, detail }: TailEvent, { palette, signs }: Output) {
  const { quiet, bad, strong } = palette;
  const isGivenUp = outcome === "dead-letter";
  const what = isGivenUp ? bad : outcome === "received" ? strong : quiet;
  const name = [pipeline, subject].filter((one) => one !== undefined).map(printable);
  const by = isGivenUp && step !== undefined ? `by ${printable(step)}: ` : "";
  const text = printable(`${by}${detail}`);
  return [
    quiet(moment(time).slice(11)),
    what(column(isGivenUp ? "given up" : outcome === "received" ? outcome : printable(step ?? outcome), STEP_WIDTH)),
    column(printable(type.replace(/^dev\.wadi\./, "")), TYPE_WIDTH),
    column(cut(name.join(" ") || "-", NAME_WIDTH, signs.cut), NAME_WIDTH),
    isGivenUp ? bad(text) : text,
  ]
    .join("  ")
    .trimEnd();
}

function column(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}
