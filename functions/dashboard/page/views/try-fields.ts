// The fields of a record as a form has them, and what was typed as a record.

import type { Example } from "../../../admin/shapes/learned-fields.ts";
import type { PipelineField, PredictRequest } from "../../../admin/shapes/tries.ts";
import { html, type Markup } from "../html.ts";
import { now } from "../live.ts";
import { Choice } from "../parts/choice.ts";
import { Entry } from "../parts/entry.ts";
import { plain } from "../parts/feature-words.ts";
import { learnedWords } from "../parts/unusual.ts";

/** What was typed, by field; "" for nothing. */
export type Texts = Readonly<Record<string, string>>;

export function initialTexts(fields: readonly PipelineField[]): Texts {
  return Object.fromEntries(fields.map((field) => [field.name, initialText(field)]));
}

/** A form that can be sent as it is; the subject is left to be new. */
function initialText({ kind, optional, symbols }: PipelineField): string {
  if (kind === "time") return new Date(now.value).toISOString().slice(0, 19);
  if (optional || kind === "text") return "";
  if (kind === "enum") return symbols?.[0] ?? "";
  return kind === "boolean" ? "false" : "0";
}

/** What the example says, and nothing in fields that it leaves out, where they may be. */
export function exampleTexts(fields: readonly PipelineField[], { record }: Example, before: Texts): Texts {
  return Object.fromEntries(
    fields.map(({ name, kind, optional }) => {
      const value = record[name];
      if (value === undefined) return [name, optional ? "" : (before[name] ?? "")];
      return [name, kind === "time" ? new Date(value as number).toISOString().slice(0, 19) : String(value)];
    }),
  );
}

/** What is sensible there, as far as it is known. */
function hintOf({ name, kind, learned, default: left }: PipelineField, example: Example | undefined): string {
  const words = learned === undefined ? "" : learnedWords(learned);
  const isNumber = kind === "number" || kind === "integer";
  const newest = example?.from === "observation" ? example.record[name] : undefined;
  const hints = [
    words !== "" && `so far ${words}`,
    words === "" && isNumber && typeof newest === "number" && `such as ${plain(newest)}`,
    left !== undefined && `left out it is ${left}`,
  ];
  return hints.filter(Boolean).join("; ");
}

interface FieldProps {
  readonly field: PipelineField;
  readonly example?: Example;
  readonly text: string;
  type(text: string): void;
}

export function Field({ field, example, text, type }: FieldProps): Markup {
  const { name, kind, optional, isTime, isSubject, symbols = [], learned } = field;
  const hint = hintOf(field, example);
  const notes = [
    optional && "optional",
    isTime && "the event's time",
    kind === "time" && "UTC",
    isSubject && "names the observation",
  ];
  const note = notes.filter(Boolean).join(", ");
  const title = html`<span>${name}${note && html` <small>(${note})</small>`}</span>`;
  const none: readonly (readonly [string, string])[] = optional ? [["", "–"]] : [];
  if (kind === "boolean")
    return html`<${Choice} name=${title} value=${text} of=${[...none, ["false", "false"], ["true", "true"]]} hint=${hint} choose=${type} />`;
  if (kind === "enum")
    return html`<${Choice} name=${title} value=${text} of=${[...none, ...symbols.map((one) => [one, one])]} hint=${hint} choose=${type} />`;
  const isNumber = kind === "number" || kind === "integer";
  return html`<${Entry} name=${title} value=${text} typed=${type} required=${!optional && kind !== "text"}
    hint=${hint} known=${learned?.values}
    type=${kind === "time" ? "datetime-local" : isNumber ? "number" : "text"} step=${kind === "integer" || kind === "time" ? "1" : "any"} />`;
}

/** Empty ones that may be left out are; an empty text that must be there is an empty text. */
export function readRecord(fields: readonly PipelineField[], texts: Texts): PredictRequest["record"] {
  const given = fields.filter(({ name, optional }) => !optional || (texts[name] ?? "") !== "");
  return Object.fromEntries(given.map((field) => [field.name, typedValue(field, texts[field.name] ?? "")]));
}

function typedValue({ kind }: PipelineField, text: string): number | string | boolean {
  if (kind === "boolean") return text === "true";
  if (kind === "time") return `${text}${/:\d\d:\d\d/.test(text) ? "" : ":00"}Z`;
  if ((kind === "number" || kind === "integer") && text.trim() !== "" && Number.isFinite(Number(text)))
    return Number(text);
  return text;
}
