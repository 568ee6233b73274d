// y = beta x + noise, endless, whose slope and noise can be turned while it runs.

import { randomInt } from "node:crypto";
import type { GeneratorRequest, LineSettings } from "../../admin/shapes/generator.ts";
import { createExamples, type ExamplePlan } from "../examples.ts";
import { endlessLine } from "../rows/line-rows.ts";
import { lineSource } from "../sources.ts";
import { lateOf } from "./late.ts";
import type { MadeRow, MadeRows, MakeTools } from "./made-rows.ts";

const DEFAULT_LINE: LineSettings = { beta: 2, sigma: 0.1 };

export function makeLine(request: GeneratorRequest, { pipeline }: MakeTools): MadeRows {
  // Rows of a seed that was used are known to Wadi, and would not be learned again.
  const seed = request.seed ?? randomInt(2 ** 31 - 1);
  let line = request.line ?? DEFAULT_LINE;
  const late = lateOf(request, pipeline, undefined);
  const plan: ExamplePlan = {
    // A row is named by what is in it: turned, the line makes others.
    source: lineSource({ ...line, seed }),
    pipeline: pipeline.name,
    ...(late !== undefined && { late }),
  };
  return {
    from: "line",
    rows: rowsOf(seed, () => line, plan),
    lookAt: 1,
    path: "body.pipeline",
    turn: (turned) => {
      line = turned;
    },
    line: () => line,
  };
}

function* rowsOf(seed: number, at: () => LineSettings, plan: ExamplePlan): Generator<MadeRow> {
  const toExample = createExamples(plan);
  for (const row of endlessLine(seed, at)) {
    yield { number: row.number, example: toExample(row), point: row.fields };
  }
}
