// The emit command for the file from which a pipeline was drafted.

import type { CellType } from "../../feed/rows/cells.ts";
import { renameText } from "../../feed/rows/column-names.ts";
import type { CsvFacts } from "../../feed/rows/csv-columns.ts";
import { UTF_8 } from "../../feed/rows/encoding.ts";
import { programName } from "../../lib/program.ts";
import type { FoundCsv, GivenCsv } from "../csv-dialect.ts";
import { nameList, shellWord } from "../terminal/shell-words.ts";
import type { Draft } from "./draft.ts";

/** The dialect of the file, where it differs from what programs write. */
export function readAs({ dialect }: CsvFacts, { emit }: Draft): FoundCsv {
  const { encoding, delimiter, decimal, ofPeople } = dialect;
  return { encoding, delimiter, decimal: ofPeople ? decimal : undefined, dates: emit.dates?.order };
}

/** Quoted for a shell. The dialect found in this file is written out, so that the next file is read the same way. */
export function emitWords(
  { draft, facts, given }: { readonly draft: Draft; readonly facts: CsvFacts; readonly given: GivenCsv },
  from: string,
): readonly string[] {
  const { name, emit, omitted } = draft;
  const { id, time, rename } = emit;
  const { encoding, delimiter, decimal, dates } = readAs(facts, draft);
  const words = [programName(), "emit", from, "--format", "csv", "--pipeline", name];
  if (/\.(csv|tsv)$/i.test(from)) words.splice(3, 2);
  if (encoding !== UTF_8) words.push("--encoding", encoding);
  if (delimiter !== (/\.tsv$/i.test(from) ? "\t" : ","))
    words.push("--delimiter", delimiter === "\t" ? "tab" : delimiter);
  const said = given.decimal ?? decimal ?? (facts.dialect.unclearNumber && facts.dialect.decimal);
  if (said !== undefined) words.push("--decimal", said);
  if (dates !== undefined) words.push("--dates", dates);
  const types = [...new Map<string, CellType>([...emit.types, ...(given.types ?? [])])];
  if (types.length > 0) words.push("--types", types.map(([column, type]) => `${nameList([column])}=${type}`).join(","));
  if (given.na !== undefined) words.push("--na", nameList(given.na));
  if (given.headerLine !== undefined) words.push("--header-line", String(given.headerLine));
  if (given.keepFooter === true) words.push("--no-footer");
  if (time !== undefined) words.push("--time", time);
  if (id !== undefined) words.push("--id", id);
  for (const one of rename) words.push("--rename", renameText(one));
  if (omitted.length > 0) words.push("--omit", nameList(omitted.map((one) => one.name)));
  return words.map(shellWord);
}
