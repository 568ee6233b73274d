// A table in columns of equal width. Escape codes have no width.

import { stripVTControlCharacters } from "node:util";

export interface Column {
  readonly title: string;
  /** Default: left. */
  readonly align?: "left" | "right";
}

const GAP = "  ";

/** The lines of the table, its titles first; no line ends in blanks. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, i) =>
    [titles, ...rows].reduce((widest, row) => Math.max(widest, width(row[i] ?? "")), 0),
  );
  return [titles, ...rows].map((row) =>
    columns
      .map(({ align }, i) => pad(row[i] ?? "", widths[i] as number, align ?? "left"))
      .join(GAP)
      .trimEnd(),
  );
}

const INVISIBLE = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]$/u;
// East Asian Wide and Fullwidth, roughly (Unicode, UAX 11), and pictures.
const WIDE =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

/** Columns that the text takes on a terminal. */
export function width(text: string): number {
  let columns = 0;
  for (const sign of stripVTControlCharacters(text)) {
    if (sign < "\u0300") columns++;
    else if (!INVISIBLE.test(sign)) columns += WIDE.test(sign) ? 2 : 1;
  }
  return columns;
}

function pad(text: string, to: number, align: "left" | "right"): string {
  const blanks = " ".repeat(Math.max(0, to - width(text)));
  return align === "right" ? blanks + text : text + blanks;
}
