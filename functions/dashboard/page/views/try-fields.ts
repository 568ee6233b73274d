// The fields of a record as a form has them, and what was typed as a record.

import type { PipelineField, PredictRequest } from "../../../admin/shapes/tries.ts";
import { html, type Markup } from "../html.ts";
import { now } from "../live.ts";
import { Choice } from "../parts/choice.ts";
import { Entry } from "../parts/entry.ts";

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

interface FieldProps {
  readonly field: PipelineField;
  readonly text: string;
  type(text: string): void;
}

export function Field({ field, text, type }: FieldProps): Markup {
  const { name, kind, optional, isTime, isSubject, symbols = [] } = field;
  const hints = [
    optional && "optional",
    isTime && "the event's time",
    kind === "time" && "UTC",
    isSubject && "names the observation",
  ];
  const hint = hints.filter(Boolean).join(", ");
  const title = html`<span>${name}${hint && html` <small>(${hint})</small>`}</span>`;
  const none: readonly (readonly [string, string])[] = optional ? [["", "–"]] : [];
  if (kind === "boolean")
    return html`<${Choice} name=${title} value=${text} of=${[...none, ["false", "false"], ["true", "true"]]} choose=${type} />`;
  if (kind === "enum")
    return html`<${Choice} name=${title} value=${text} of=${[...none, ...symbols.map((one) => [one, one])]} choose=${type} />`;
  const isNumber = kind === "number" || kind === "integer";
  return html`<${Entry} name=${title} value=${text} typed=${type} required=${!optional && kind !== "text"}
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
