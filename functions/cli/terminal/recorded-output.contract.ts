// A terminal, or a pipe, that records what is written to it: for tests.

import { createOutput, type Output, type Terminal } from "./output.ts";

export interface RecordedOutput extends Output {
  text(): string;
}

export interface Screen {
  readonly columns: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Without a screen it is a pipe. */
export function recordedOutput(screen?: Screen): RecordedOutput {
  let written = "";
  const stream = {
    write(text: string | Uint8Array) {
      written += String(text);
      return true;
    },
    isTTY: screen !== undefined,
    columns: screen?.columns ?? 0,
    rows: screen?.rows ?? 0,
  };
  const env = { TERM: "xterm", LANG: "C.UTF-8", ...screen?.env };
  return { ...createOutput(stream, env), text: () => written };
}

export function recordedTerminal(screen?: Screen): Terminal & {
  readonly out: RecordedOutput;
  readonly err: RecordedOutput;
} {
  return { out: recordedOutput(screen), err: recordedOutput(screen) };
}
