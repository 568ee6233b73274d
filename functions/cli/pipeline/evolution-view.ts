// What `wadi pipeline check --against` says.

import type { Evolution, FieldChange, ModelChange } from "../../lib/pipeline/evolution.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import type { CheckedFile } from "./checked-files.ts";

export interface Compared extends CheckedFile {
  /** Absent where there is no earlier one. */
  readonly evolution?: Evolution;
}

/** `full`, `backward`, `forward` or `none`. */
export function levelOf({ backward, forward }: Evolution): string {
  if (backward && forward) return "full";
  return backward ? "backward" : forward ? "forward" : "none";
}

export function evolutionLines(
  evolution: Evolution,
  { named, stored }: { readonly named?: boolean; readonly stored?: boolean },
  output: Output,
): string[] {
  const { palette, signs, room } = output;
  const { quiet, good, bad, warn } = palette;
  const { fields, schemas, models, problems } = evolution;
  const sign = (problem: string | undefined) => (problem === undefined ? good("yes") : bad("no"));
  const ofFields = table(
    [
      { title: "field" },
      { title: "before", cut: true },
      { title: "now", cut: true },
      { title: "backward" },
      { title: "forward" },
    ],
    fields.map((one) => [
      printable(one.field),
      one.before ?? "",
      printable(nowText(one)),
      one.now === undefined ? "" : sign(one.backward),
      sign(one.forward),
    ]),
    { columns: room() - 2, sign: signs.cut },
  );
  const ofModels = table(
    [{ title: "model" }, { title: "" }],
    models.map((one) => [printable(one.model), MODELS[one.change]]),
    { columns: room() - 2, sign: signs.cut },
  );
  const added = schemas.filter(({ change }) => change === "new").map(({ version }) => version);
  const forward = fields.flatMap(({ forward: why }) => (why === undefined ? [] : [why]));
  const isKnown = ({ of }: (typeof problems)[number]) =>
    (of === "unnamed" && named === true) || (of === "models" && stored === true);
  const notes = [
    ...problems.filter((one) => !isKnown(one)).map(({ problem }) => `${bad("breaks:")} ${problem}`),
    ...(forward.length > 0 ? [`${warn("going back:")} ${forward.join("; ")}`] : []),
    ...(evolution.unnamedAvro || named === true ? [] : [`${warn("Avro:")} ${UNNAMED_AVRO}`]),
    ...(added.length > 0 ? [`${quiet("order:")} ${orderText(added, evolution.forward)}`] : []),
  ];
  const level = levelOf(evolution);
  const head = `compatible: ${(level === "none" ? bad : good)(level)}`;
  const noted = notes.flatMap((note) => wrap(note, room() - 4).map((line, i) => (i === 0 ? line : `  ${line}`)));
  const lines = [head, "", ...ofFields, "", ...ofModels, ...(noted.length > 0 ? ["", ...noted] : [])];
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}

const UNNAMED_AVRO =
  "bytes that name no schema (dataschema) are read by the one that reads, which is another one now: let their producers name theirs first";

const MODELS: Readonly<Record<ModelChange["change"], string>> = {
  same: "goes on",
  new: "starts with nothing learned",
  gone: "is removed",
  grown: "has more features, and goes on learning",
  fewer: "has fewer features: goes back, if it grew from them (--stored tells)",
  changed: "is another model under the same name",
};

function nowText({ now, was, before, default: byDefault }: FieldChange): string {
  if (now === undefined) return "is gone";
  if (was !== undefined) return `${now}, was ${was}`;
  if (before !== undefined) return now;
  return byDefault === undefined ? `${now}, new` : `${now}, new: ${JSON.stringify(byDefault)} in earlier ones`;
}

function orderText(added: readonly number[], canGoBack: boolean): string {
  const which = `schema ${added.join(", ")}`;
  const back = canGoBack
    ? `; to go back, keep ${which} in the earlier file and let an earlier one read (event.reads)`
    : "; to go back, let producers go back first";
  return `deploy before producers write ${which}${back}`;
}
