// The rows of a file that came with the request.

import { basename } from "node:path";
import type { GeneratorRequest } from "../../admin/shapes/generator.ts";
import { refused } from "../../admin/tries/refused.ts";
import type { ExamplePlan } from "../examples.ts";
import type { FilePlan } from "../rows/csv-rows.ts";
import { eachRow } from "../rows/row.ts";
import { formatOf, readPieces } from "../rows/rows.ts";
import { fileSource } from "../sources.ts";
import { lateOf } from "./late.ts";
import { examplesOf, type MadeRows, type MakeTools } from "./made-rows.ts";

const PIECE_CHARS = 64 * 1024;
const FIRST_ROWS = 10;

export function makeFile(request: GeneratorRequest, { pipeline, signal }: MakeTools): MadeRows {
  const { file } = request;
  if (file === undefined) throw refused("body.file", "is missing: the file's name and its text");
  const name = basename(file.name);
  // A file that was compressed came as text, and is called what it is called: so its events have the source that emit gives them.
  const format = formatOf(name.replace(/\.gz$/i, ""));
  if (format === undefined) {
    throw refused(
      "body.file.name",
      "does not tell what is in the file: let it end in .csv, .tsv, .ndjson, .jsonl or .json",
    );
  }
  const time = file.time ?? pipeline.timeField;
  const late = lateOf(request, pipeline, time);
  const plan: ExamplePlan = {
    source: fileSource(name),
    pipeline: pipeline.name,
    ...(pipeline.subjectField !== undefined && { subject: pipeline.subjectField }),
    ...(time !== undefined && { time, timeMayLack: file.time === undefined }),
    ...(late !== undefined && { late }),
  };
  const due = late?.delay.kind === "column" ? late.delay.name : undefined;
  let header: readonly string[] | undefined;
  let found: FilePlan | undefined;
  const pieces = readPieces(piecesOf(file.text, signal), {
    format,
    times: [time, due].filter((column) => column !== undefined),
    onHeader: (names) => {
      header = names;
    },
    onPlan: (planned) => {
      found = planned;
    },
  });
  /** Once the first row is there, and before it is taken. */
  const checkPlan = () => {
    if (header !== undefined) checkColumn(header, "body.file.time", file.time);
    if (header !== undefined) checkColumn(header, "body.lateLabels", due);
    checkDates(found, file.time === undefined ? "body.file.text" : "body.file.time");
  };
  return {
    from: name,
    rows: examplesOf(afterFirst(eachRow(pieces), checkPlan), plan),
    lookAt: FIRST_ROWS,
    path: "body.file.text",
    remark: (column) => spoiltText(found, column),
  };
}

async function* piecesOf(text: string, signal: AbortSignal): AsyncGenerator<string> {
  for (let from = text.charCodeAt(0) === 0xfeff ? 1 : 0; from < text.length && !signal.aborted; ) {
    let to = Math.min(from + PIECE_CHARS, text.length);
    // Whole characters: no piece ends within a surrogate pair.
    const last = text.charCodeAt(to - 1);
    if (last >= 0xd800 && last < 0xdc00 && to < text.length) to++;
    yield text.slice(from, to);
    from = to;
  }
}

/** Calls `check` between the reading of the first row and its use. */
async function* afterFirst<T>(rows: AsyncIterable<T>, check: () => void): AsyncGenerator<T> {
  let first = true;
  for await (const row of rows) {
    if (first) check();
    first = false;
    yield row;
  }
}

function checkColumn(header: readonly string[], field: string, column: string | undefined): void {
  if (column === undefined || header.includes(column)) return;
  const listed = header.slice(0, 20).map((name) => JSON.stringify(name));
  throw refused(field, `names no column; use one of ${listed.join(", ")}${header.length > 20 ? ", ..." : ""}`);
}

/** What was learned under the wrong day cannot be taken back. */
function checkDates(plan: FilePlan | undefined, field: string): void {
  const unclear = plan?.columns.find(({ unclearDate }) => unclearDate !== undefined);
  if (unclear === undefined) return;
  throw refused(
    field,
    `column ${unclear.name}: is ${unclear.unclearDate} the day or the month first? no row tells; write 2026-01-31`,
  );
}

function spoiltText(plan: FilePlan | undefined, column: string): string | undefined {
  const spoilt = plan?.spoilt.find((one) => one.column === column);
  if (spoilt === undefined) return undefined;
  const cell = JSON.stringify(spoilt.cell.slice(0, 40).toWellFormed());
  return `the column is read as text because of line ${spoilt.line} (${cell})`;
}
