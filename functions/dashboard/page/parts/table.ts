// Tables: titles, rows, nothing else. Wide ones scroll by themselves, and can be scrolled with keys.

import { type Children, html, type Markup } from "../html.ts";

export interface Column {
  readonly title: string;
  /** Numbers. */
  readonly right?: boolean;
  /** Sentences: it has room for some words. */
  readonly long?: boolean;
  /** Stays on one line. */
  readonly short?: boolean;
}

export interface Row {
  readonly key: string | number;
  readonly cells: readonly Children[];
  readonly strong?: boolean;
}

interface TableProps {
  /** For who hears the page. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

export function Table({ caption, columns, rows }: TableProps): Markup {
  const side = ({ right, long, short }: Column = { title: "" }) =>
    [right && "right", long && "long", short && "short"].filter(Boolean).join(" ");
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table>
      <caption class="heard">${caption}</caption>
      <thead><tr>${columns.map((column) => html`<th scope="col" class=${side(column)}>${column.title}</th>`)}</tr></thead>
      <tbody>${rows.map(
        ({ key, cells, strong }) => html`<tr key=${key} class=${strong ? "strong" : ""}>
          ${cells.map((cell, i) =>
            i === 0
              ? html`<th scope="row" class=${side(columns[i])}>${cell}</th>`
              : html`<td class=${side(columns[i])}>${cell}</td>`,
          )}
        </tr>`,
      )}</tbody>
    </table>
  </div>`;
}
