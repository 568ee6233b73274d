// The files that `wadi learn` writes: predictions, a line a row, and the picture of the curves.

import type { Target } from "../../lib/events/vocabulary.ts";
import { fileSink, pipeSink, type Sink } from "../sink.ts";
import type { Terminal } from "../terminal/output.ts";
import { printableJson } from "../terminal/printable.ts";
import type { Observed } from "./examples.ts";
import type { LearnPlan } from "./options.ts";
import type { LearnResult } from "./result.ts";
import { svgOf } from "./svg.ts";
import type { Predictions } from "./trial.ts";

/** Characters that are collected before they are written. */
const PIECE = 64 * 1024;

export interface Outputs {
  /** One row, as `{ i, y, <model>: prediction }`; y is null where the truth is not known. */
  predicted(row: Observed, predictions: Predictions): void;
  /** Completes the files. @throws FailedError where one cannot be written. */
  keep(result: LearnResult): void;
  /** Removes what is not complete. */
  drop(): void;
}

/** @throws FailedError where a file cannot be written. */
export function openOutputs({ predictions, plot, input }: LearnPlan, { out }: Terminal): Outputs {
  const lines = openLines(predictions, out);
  let picture: Sink | undefined;
  try {
    picture = plot === undefined ? undefined : fileSink(plot);
  } catch (error) {
    lines?.drop();
    throw error;
  }
  let text = "";
  return {
    predicted({ i, y = null }, values) {
      if (lines === undefined) return;
      text += lineOf(i, y, values);
      if (text.length < PIECE) return;
      lines.write(text);
      text = "";
    },
    keep(result) {
      if (text !== "") lines?.write(text);
      text = "";
      lines?.keep();
      const name = input.path === "-" ? "standard input" : input.path;
      const first = result.serve.model ?? "";
      picture?.write(svgOf(result.rolling, { title: `${result.pipeline}: ${name}`, first }));
      picture?.keep();
    },
    drop() {
      lines?.drop();
      picture?.drop();
    },
  };
}

function openLines(path: string | undefined, out: Terminal["out"]): Sink | undefined {
  if (path === undefined) return undefined;
  return path === "-" ? pipeSink(out) : fileSink(path);
}

function lineOf(i: number, y: Target | null, values: Predictions): string {
  return `${printableJson(JSON.stringify({ i, y, ...values }))}\n`;
}
