// Colours and signs by their meaning. There are no escape codes off a terminal, with NO_COLOR, or on a dumb terminal.

import { styleText } from "node:util";

type Paint = (text: string) => string;

export interface Palette {
  readonly strong: Paint;
  readonly quiet: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly accent: Paint;
}

export interface Signs {
  readonly full: string;
  readonly empty: string;
  readonly serves: string;
  readonly dot: string;
  readonly cut: string;
  readonly to: string;
  readonly ok: string;
  readonly warning: string;
  readonly failed: string;
  /** From low to high. */
  readonly levels: string;
}

const plain: Paint = (text) => text;

// NO_COLOR and friends are decided by the caller (output.ts), once.
const paint =
  (style: Parameters<typeof styleText>[0]): Paint =>
  (text) =>
    styleText(style, text, { validateStream: false });

export function createPalette(colours: boolean): Palette {
  if (!colours) return { strong: plain, quiet: plain, good: plain, bad: plain, warn: plain, accent: plain };
  return {
    strong: paint("bold"),
    quiet: paint("dim"),
    good: paint("green"),
    bad: paint("red"),
    warn: paint("yellow"),
    accent: paint("cyan"),
  };
}

const UNICODE: Signs = {
  full: "█",
  empty: "░",
  serves: "▸",
  dot: "·",
  cut: "…",
  to: "→",
  ok: "✓",
  warning: "!",
  failed: "✗",
  levels: "▁▂▃▄▅▆▇█",
};

const ASCII: Signs = {
  full: "#",
  empty: ".",
  serves: ">",
  dot: "-",
  cut: "...",
  to: "->",
  ok: "ok",
  warning: "!!",
  failed: "xx",
  levels: "_.-~=^*#",
};

export function createSigns(unicode: boolean): Signs {
  return unicode ? UNICODE : ASCII;
}
