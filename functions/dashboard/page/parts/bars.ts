// Bars beside their names and numbers: a histogram, or what adds to a sum and what takes from it.

import { type Children, html, type Markup } from "../html.ts";

export interface Bar {
  readonly name: string;
  /** Below 0 it goes to the left. */
  readonly value: number;
  readonly text: Children;
}

export function Bars({ bars, label }: { bars: readonly Bar[]; label: string }): Markup {
  const low = Math.min(0, ...bars.map(({ value }) => value));
  const high = Math.max(0, ...bars.map(({ value }) => value));
  const share = high === low ? 0 : 100 / (high - low);
  return html`<div class="bars" role="list" aria-label=${label}>${bars.map(({ name, value, text }) => {
    const left = (Math.min(0, value) - low) * share;
    const place = { left: `${left}%`, width: `${Math.abs(value) * share}%` };
    return html`<div role="listitem" class="row" key=${name}>
      <span class="name">${name}</span>
      <span class="bar" aria-hidden="true"><i class=${value < 0 ? "less" : ""} style=${place}></i></span>
      <span class="right">${text}</span>
    </div>`;
  })}</div>`;
}
