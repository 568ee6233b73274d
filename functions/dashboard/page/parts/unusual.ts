// What was learned of a field, in few words, and what is far outside of it.

import type { LearnedOfField, Unusual } from "../../../admin/shapes/learned-fields.ts";
import { count, plural } from "../../../lib/figures.ts";
import { html, type Markup } from "../html.ts";
import { plain } from "./feature-words.ts";

const SHOWN_VALUES = 5;

/** `about 700 ± 500`; "" where nothing is known. */
export function learnedWords({ mean, deviation = 0, least, most, values, valuesInAll = 0 }: LearnedOfField): string {
  if (mean !== undefined) return `about ${rounded(mean)} ± ${rounded(deviation)}`;
  if (least !== undefined && most !== undefined) return `${rounded(least)} to ${rounded(most)}`;
  if (values === undefined) return "";
  const shown = values.slice(0, SHOWN_VALUES);
  return `${shown.join(", ")}${valuesInAll > shown.length ? `, … (${count(valuesInAll)} in all)` : ""}`;
}

export function UnusualNotice({ unusual }: { unusual: readonly Unusual[] }): Markup | null {
  if (unusual.length === 0) return null;
  return html`<div class="notice warn unusual" role="status">${unusual.map((one) => html`<p key=${one.feature}>${unusualWords(one)}</p>`)}
    <p>The prediction is less to be trusted there.</p></div>`;
}

function unusualWords({ field, feature, value, valuesInAll, ...learned }: Unusual): string {
  if (typeof value === "string")
    return `${field} ${value} was never learned; ${plural(valuesInAll ?? 0, "other value")} ${valuesInAll === 1 ? "was" : "were"}.`;
  const name = field === feature ? field : `${feature}, made of ${field},`;
  return `${name} ${plain(value)} is far outside of what was learned (${learnedWords(learned)}).`;
}

/** Three figures are enough to know what is usual. */
function rounded(value: number): string {
  return Math.abs(value) >= 1000 ? count(value) : plain(Number(value.toPrecision(3)));
}
