// Where a command writes: standard output or standard error, and what the other end can show.

import { createPalette, createSigns, type Palette, type Signs } from "./palette.ts";

export interface Output {
  write(text: string): void;
  /** A terminal that can redraw. */
  readonly interactive: boolean;
  /** Columns now; 80 where there is no terminal. */
  columns(): number;
  /** Rows now; 24 where there is no terminal. */
  rows(): number;
  /** Columns that a table may take: those of the terminal; Infinity in a pipe, where nothing is cut off. */
  room(): number;
  readonly palette: Palette;
  readonly signs: Signs;
}

export interface Terminal {
  /** The result of a command. */
  readonly out: Output;
  /** Progress, warnings and errors. */
  readonly err: Output;
}

type Env = Readonly<Record<string, string | undefined>>;
type Stream = Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns"> & { readonly rows?: number };

export function createOutput(stream: Stream, env: Env): Output {
  const interactive = stream.isTTY === true && env["TERM"] !== "dumb";
  // https://no-color.org: present and not empty.
  const colours = interactive && (env["NO_COLOR"] ?? "") === "";
  const columns = () => (stream.isTTY ? stream.columns || 80 : 80);
  return {
    write: (text) => void stream.write(text),
    interactive,
    columns,
    rows: () => (stream.isTTY ? stream.rows || 24 : 24),
    room: () => (stream.isTTY ? columns() : Number.POSITIVE_INFINITY),
    palette: createPalette(colours),
    signs: createSigns(speaksUnicode(env)),
  };
}

/** A container often has no locale at all, and then shows question marks for anything beyond ASCII. */
function speaksUnicode(env: Env): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return /utf-?8/i.test(locale) || process.platform === "darwin" || process.platform === "win32";
}

export function createTerminal(env: Env): Terminal {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // The reader has closed the pipe, as `| head` does.
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  return { out: createOutput(process.stdout, env), err: createOutput(process.stderr, env) };
}
