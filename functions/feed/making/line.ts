// y = beta x + noise, endless, whose slope and noise can be turned while it runs.

import { randomInt } from "node:crypto";
import type { GeneratorRequest, LineSettings } from "../../admin/shapes/generator.ts";
import { createExamples, type ExamplePlan } from "../examples.ts";
import { lineRows } from "../generators/line.ts";
import type { Row } from "../rows/row.ts";
import { lineSource } from "../sources.ts";
import { lateOf } from "./late.ts";
import type { MadeRow, MadeRows, MakeTools, Point } from "./made-rows.ts";

const DEFAULT_LINE: LineSettings = { beta: 2, sigma: 0.1 };

export function makeLine(request: GeneratorRequest, { pipeline }: MakeTools): MadeRows {
  // Rows of a seed that was used are known to Wadi, and would not be learned again.
  const seed = request.seed ?? randomInt(2 ** 31 - 1);
  const line = { ...(request.line ?? DEFAULT_LINE), seed };
  const late = lateOf(request, pipeline, undefined);
  const plan: ExamplePlan = {
    // A row is named by what is in it: turned, the line makes others.
    source: lineSource(line),
    pipeline: pipeline.name,
    ...(late !== undefined && { late }),
  };
  return {
    from: "line",
    // The slope and the noise are read for each row.
    rows: rowsOf(lineRows(line), plan),
    lookAt: 1,
    path: "body.pipeline",
    turn: (turned) => void Object.assign(line, turned),
    line: () => ({ beta: line.beta, sigma: line.sigma }),
  };
}

function* rowsOf(rows: Iterable<Row>, plan: ExamplePlan): Generator<MadeRow> {
  const toExample = createExamples(plan);
  for (const row of rows) {
    yield { number: row.number, example: toExample(row), point: row.fields as unknown as Point };
  }
}
