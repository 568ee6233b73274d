// A table in columns of equal width. Escape codes have no width.

import stringWidth from "string-width";

export interface Column {
  readonly title: string;
  /** Default: left. */
  readonly align?: "left" | "right";
  /** Cut if there is no room, at most down to its title or eight columns. */
  readonly cut?: boolean;
  /** Left out if there still is no room, the last one first. `early`: before anything is cut. */
  readonly optional?: boolean | "early";
}

export interface TableRoom {
  /** Columns of the terminal. */
  readonly columns: number;
  /** The sign for what was cut off. */
  readonly sign: string;
}

type Rows = readonly (readonly string[])[];

const GAP = "  ";
const LITTLE = 24;
const NARROWEST = 8;

/** The lines of the table, titles first, without trailing blanks. Without `room` nothing is cut or left out. */
export function table(columns: readonly Column[], rows: Rows, room?: TableRoom): string[] {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, i) => all.reduce((widest, row) => Math.max(widest, stringWidth(row[i] ?? "")), 0));
  const shown = room === undefined ? columns.map((_, i) => i) : shownColumns(columns, widths, room.columns);
  return all.map((row) =>
    shown
      .map((i) => {
        const cell = row[i] ?? "";
        const to = widths[i] as number;
        return pad(room === undefined ? cell : cut(cell, to, room.sign), to, columns[i]?.align ?? "left");
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** Narrows `widths`, and returns the columns that are shown. */
function shownColumns(columns: readonly Column[], widths: number[], to: number): number[] {
  const natural = [...widths];
  let shown = columns.map((_, i) => i);
  for (;;) {
    const last = shown.findLast((i) => columns[i]?.optional === "early");
    if (last === undefined || tooWide(widths, shown, to) <= 0) break;
    shown = shown.filter((i) => i !== last);
  }
  for (;;) {
    natural.forEach((wide, i) => {
      widths[i] = wide;
    });
    const last = shown.findLast((i) => columns[i]?.optional !== undefined && columns[i]?.optional !== false);
    const fits = narrow(columns, widths, shown, to, last === undefined ? NARROWEST : LITTLE);
    if (fits || last === undefined) return shown;
    shown = shown.filter((i) => i !== last);
  }
}

/** How many columns too wide. */
function tooWide(widths: readonly number[], shown: readonly number[], to: number): number {
  return shown.reduce((sum, i) => sum + (widths[i] as number) + GAP.length, -GAP.length) - to;
}

/** Cuts the last column, which has most text, to LITTLE, then the others, then the last to `least`. False: still too wide. */
function narrow(columns: readonly Column[], widths: number[], shown: readonly number[], to: number, least: number) {
  const excess = () => tooWide(widths, shown, to);
  const give = (i: number, down: number) => {
    const now = widths[i] as number;
    const bound = Math.min(now, Math.max(down, stringWidth(columns[i]?.title ?? "")));
    widths[i] = Math.max(bound, now - Math.max(0, excess()));
  };
  const [last, ...others] = shown.filter((i) => columns[i]?.cut === true).reverse();
  if (last !== undefined) give(last, LITTLE);
  for (const i of others) give(i, NARROWEST);
  if (last !== undefined) give(last, least);
  return excess() <= 0;
}

const CHARACTERS = new Intl.Segmenter();

/** The text in at most `columns`; where it was cut, `sign` ends it. Escape codes stay, so that a colour ends. */
export function cut(text: string, columns: number, sign = ""): string {
  if (stringWidth(text) <= columns) return text;
  const room = columns - stringWidth(sign);
  let taken = 0;
  let full = false;
  // Cuts between graphemes: an emoji may be several code points.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
  const parts = (text.match(/\x1b\[[0-9;]*m|[^\x1b]+/gu) ?? []).flatMap((part) =>
    part.startsWith("\x1b") ? [part] : Array.from(CHARACTERS.segment(part), ({ segment }) => segment),
  );
  return parts
    .map((part) => {
      if (part.startsWith("\x1b")) return part;
      if (full) return "";
      const wide = stringWidth(part);
      full = taken + wide > room;
      if (full) return room < 0 ? "" : sign;
      taken += wide;
      return part;
    })
    .join("");
}

function pad(text: string, to: number, align: "left" | "right"): string {
  const blanks = " ".repeat(Math.max(0, to - stringWidth(text)));
  return align === "right" ? blanks + text : text + blanks;
}
