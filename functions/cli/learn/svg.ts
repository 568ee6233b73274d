// The curves of a file as an SVG picture, which is read in the light and in the dark, and without its colours.

import { count } from "../../lib/figures.ts";
import { metricTitle } from "../../lib/learners/metrics/title.ts";
import { marksOf, markTexts, type Range, rangeOf, shareOf } from "./scale.ts";
import type { Curve } from "./scores.ts";

const WIDTH = 860;
const HEIGHT = 460;
const PLOT = { left: 90, top: 56, right: 24, bottom: 56 } as const;
const LEGEND_ROW = 20;
const LEGEND_COLUMNS = 3;
const LONGEST_NAME = 34;
/** Of Okabe and Ito (2008), told apart by the colour-blind, too; the first one is black in the light and white in the dark. */
const COLOURS = ["var(--ink)", "#e69f00", "#56b4e9", "#009e73", "#d55e00", "#0072b2", "#cc79a7", "#8d8d00"];
const DASHES = ["", "7 4", "2 3", "9 3 2 3"];

export interface Caption {
  readonly title: string;
  /** The model that is drawn first: it serves. */
  readonly first: string;
}

export function svgOf({ metric, over, points }: Curve, { title, first }: Caption): string {
  const known = Object.keys(points[0]?.scores ?? {});
  const models = [...known.filter((model) => model === first), ...known.filter((model) => model !== first)];
  const legend = Math.ceil(models.length / LEGEND_COLUMNS) * LEGEND_ROW;
  const height = HEIGHT + legend;
  const xs: Range = { low: 0, high: Math.max(1, points.at(-1)?.n ?? 1) };
  const ys = rangeOf(points.flatMap(({ scores }) => Object.values(scores)));
  const x = (n: number) => round(PLOT.left + shareOf(n, xs) * (WIDTH - PLOT.left - PLOT.right));
  const y = (value: number) => round(HEIGHT - PLOT.bottom - shareOf(value, ys) * (HEIGHT - PLOT.top - PLOT.bottom));
  const what = `${metricTitle(metric)} of the last ${count(over)} rows`;
  const lines = models.map((model, i) => {
    const path = points
      .filter(({ scores }) => Number.isFinite(scores[model]))
      .map(({ n, scores }) => `${x(n)},${y(scores[model] as number)}`);
    return `<polyline points="${path.join(" ")}" ${strokeOf(i)}/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title what">
<title id="title">${escaped(title)}</title>
<desc id="what">${escaped(`${what}, by the number of rows learned, of the models ${models.join(", ")}`)}</desc>
<style>
svg { --ink: #1a1a1a; --paper: #ffffff; --line: #d0d0d0; font: 13px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --ink: #eeeeee; --paper: #16181d; --line: #444a55; } }
.paper { fill: var(--paper); } text { fill: var(--ink); } .title { font-size: 16px; font-weight: 600; }
.grid { stroke: var(--line); stroke-width: 1; } .axis { stroke: var(--ink); stroke-width: 1; }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
<text class="title" x="${PLOT.left}" y="28">${escaped(short(title, 80))}</text>
${yAxis(ys, y)}
${xAxis(xs, x)}
<text transform="translate(20 ${(HEIGHT - PLOT.bottom + PLOT.top) / 2}) rotate(-90)" text-anchor="middle">${escaped(what)}</text>
<text x="${(WIDTH + PLOT.left - PLOT.right) / 2}" y="${HEIGHT - 14}" text-anchor="middle">rows learned</text>
${lines.reverse().join("\n")}
${legendOf(models)}
</svg>
`;
}

function yAxis(range: Range, y: (value: number) => number): string {
  const marks = marksOf(range, 6);
  const texts = markTexts(marks);
  const lines = marks.map((mark, i) => {
    const at = y(mark);
    const line = `<line class="grid" x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${at}" y2="${at}"/>`;
    return `${line}<text x="${PLOT.left - 8}" y="${at + 4}" text-anchor="end">${texts[i]}</text>`;
  });
  const axis = `<line class="axis" x1="${PLOT.left}" x2="${PLOT.left}" y1="${PLOT.top}" y2="${HEIGHT - PLOT.bottom}"/>`;
  return [...lines, axis].join("\n");
}

function xAxis(range: Range, x: (n: number) => number): string {
  const bottom = HEIGHT - PLOT.bottom;
  const texts = marksOf(range, 6).map(
    (mark) => `<text x="${x(mark)}" y="${bottom + 18}" text-anchor="middle">${count(mark)}</text>`,
  );
  return [
    ...texts,
    `<line class="axis" x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${bottom}" y2="${bottom}"/>`,
  ].join("\n");
}

function legendOf(models: readonly string[]): string {
  const wide = (WIDTH - PLOT.left - PLOT.right) / LEGEND_COLUMNS;
  return models
    .map((model, i) => {
      const left = PLOT.left + (i % LEGEND_COLUMNS) * wide;
      const at = HEIGHT + 4 + Math.floor(i / LEGEND_COLUMNS) * LEGEND_ROW;
      const line = `<polyline points="${left},${at - 4} ${left + 28},${at - 4}" ${strokeOf(i)}/>`;
      return `${line}<text x="${left + 36}" y="${at}">${escaped(short(model, LONGEST_NAME))}</text>`;
    })
    .join("\n");
}

/** Where the colours begin again, the lines are dashed. */
function strokeOf(i: number): string {
  const dash = DASHES[Math.floor(i / COLOURS.length) % DASHES.length] as string;
  return `style="stroke: ${COLOURS[i % COLOURS.length]}"${dash === "" ? "" : ` stroke-dasharray="${dash}"`}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function short(text: string, most: number): string {
  const signs = [...text];
  return signs.length <= most ? text : `${signs.slice(0, most - 1).join("")}…`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
// What XML 1.0 does not allow, even escaped.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(NO_XML, "\ufffd")
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] as string);
}
