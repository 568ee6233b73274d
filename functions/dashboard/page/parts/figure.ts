// A few figures side by side, each with its name.

import { type Children, html, type Markup } from "../html.ts";

export interface Figure {
  readonly name: string;
  readonly value: Children;
  readonly kind?: "bad" | "warn" | "good";
  readonly note?: Children;
}

export function Figures({ figures }: { figures: readonly (Figure | undefined | false)[] }): Markup {
  const shown = figures.filter((one): one is Figure => Boolean(one));
  return html`<dl class="figures">${shown.map(
    ({ name, value, kind = "", note }) => html`<div class=${kind}>
      <dt>${name}</dt><dd>${value}</dd>${note && html`<dd class="note">${note}</dd>`}
    </div>`,
  )}</dl>`;
}
