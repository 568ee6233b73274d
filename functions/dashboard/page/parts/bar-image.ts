// Bars on a canvas, in the colours of the theme, with their title, names and numbers: for a file.

import { colour } from "./theme.ts";

export interface Bar {
  readonly name: string;
  /** Below 0 it goes to the left. */
  readonly value: number;
  readonly text: string;
}

const FONT = "system-ui, sans-serif";
const WIDTH = 900;
const PAD = 16;
const TITLE = 34;
const ROW = 26;
const THICK = 16;
const GAP = 12;
/** Of the width, for names, and for numbers. */
const NAMES = 0.48;
const NUMBERS = 0.12;

/** Twice as fine as a screen's pixels. */
const SCALE = 2;

export function drawBars(title: string, bars: readonly Bar[]): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * SCALE;
  canvas.height = (2 * PAD + TITLE + bars.length * ROW) * SCALE;
  const context = canvas.getContext("2d");
  if (context === null) return canvas;
  context.scale(SCALE, SCALE);
  context.textBaseline = "middle";
  context.fillStyle = colour("--ink");
  context.font = `600 16px ${FONT}`;
  context.fillText(fitting(context, title, WIDTH - 2 * PAD), PAD, PAD + TITLE / 2 - 4);
  context.font = `14px ${FONT}`;
  for (const [i, bar] of bars.entries()) drawRow(context, bar, PAD + TITLE + i * ROW + ROW / 2, placesOf(bars));
  return canvas;
}

interface Places {
  /** Where 0 is. */
  readonly zero: number;
  /** Pixels for each unit. */
  readonly unit: number;
  readonly names: number;
}

function placesOf(bars: readonly Bar[]): Places {
  const inner = WIDTH - 2 * PAD;
  const names = inner * NAMES;
  const room = inner - names - inner * NUMBERS - 2 * GAP;
  const low = Math.min(0, ...bars.map(({ value }) => value));
  const high = Math.max(0, ...bars.map(({ value }) => value));
  const unit = high === low ? 0 : room / (high - low);
  return { names, unit, zero: PAD + names + GAP - low * unit };
}

function drawRow(context: CanvasRenderingContext2D, { name, value, text }: Bar, y: number, places: Places): void {
  const { zero, unit, names } = places;
  context.fillStyle = colour("--ink");
  context.textAlign = "left";
  context.fillText(fitting(context, name, names), PAD, y);
  context.textAlign = "right";
  context.fillText(text, WIDTH - PAD, y);
  context.fillStyle = colour(value < 0 ? "--series-1" : "--series-0");
  context.fillRect(zero + Math.min(0, value) * unit, y - THICK / 2, Math.abs(value) * unit, THICK);
  context.textAlign = "left";
}

/** Cut where it is too wide. */
function fitting(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 0 && context.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end).toWellFormed()}…`;
}
