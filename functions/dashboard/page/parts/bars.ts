// Bars beside their names and numbers: a histogram, or what adds to a sum and what takes from it. With files of both.

import { html, type Markup } from "../html.ts";
import { type Bar, drawBars } from "./bar-image.ts";
import { saveCsv, savePng } from "./save.ts";

interface BarsProps {
  readonly bars: readonly Bar[];
  readonly label: string;
  /** Also the name of its files. */
  readonly title: string;
  /** Of the CSV. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

export function Bars({ bars, label, title, columns, rows }: BarsProps): Markup {
  const low = Math.min(0, ...bars.map(({ value }) => value));
  const high = Math.max(0, ...bars.map(({ value }) => value));
  const share = high === low ? 0 : 100 / (high - low);
  return html`<div class="bars" role="list" aria-label=${label}>${bars.map(({ name, value, text }, i) => {
    const left = (Math.min(0, value) - low) * share;
    const place = { left: `${left}%`, width: `${Math.abs(value) * share}%` };
    return html`<div role="listitem" class="row" key=${i}>
      <span class="name">${name}</span>
      <span class="bar" aria-hidden="true"><i class=${value < 0 ? "less" : ""} style=${place}></i></span>
      <span class="right">${text}</span>
    </div>`;
  })}</div>
  <div class="under">
    <button type="button" class="plain" aria-label="CSV of ${title}" onClick=${() => saveCsv(title, columns, rows)}>CSV</button>
    <button type="button" class="plain" aria-label="PNG of ${title}" onClick=${() => savePng(title, drawBars(title, bars))}>PNG</button>
  </div>`;
}
