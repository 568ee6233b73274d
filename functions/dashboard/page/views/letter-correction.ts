// The data of a dead letter, to be corrected and sent as a new event.

import { useId, useState } from "preact/hooks";
import type { DeadLetterDetail } from "../../../admin/shapes/shapes.ts";
import type { SendRequest, Sent } from "../../../admin/shapes/tries.ts";
import { api } from "../api.ts";
import { ApiError, UnansweredError } from "../api-error.ts";
import { html, type Markup } from "../html.ts";
import { status } from "../live.ts";
import { Choice } from "../parts/choice.ts";
import { Entry } from "../parts/entry.ts";
import { Failure } from "../parts/notice.ts";

const KINDS: Readonly<Record<string, SendRequest["kind"]>> = {
  "dev.wadi.observation": "observation",
  "dev.wadi.observation.validated": "observation",
  "dev.wadi.record": "observation",
  "dev.wadi.label": "label",
};

interface CorrectionProps {
  readonly letter: DeadLetterDetail;
  corrected(sent: Sent, pipeline: string): void;
}

export function Correction({ letter, corrected }: CorrectionProps): Markup {
  const kind = KINDS[letter.type];
  if (kind === undefined)
    return html`<p>A step has made this event from one that was handled already, so there is nothing to correct in it.</p>`;
  return html`<${Form} letter=${letter} kind=${kind} corrected=${corrected} />`;
}

function Form({ letter, kind, corrected }: CorrectionProps & { readonly kind: SendRequest["kind"] }): Markup {
  const { number, pipeline: named, subject: first = "" } = letter;
  const known = status.value?.pipelines ?? [];
  const [chosen, choose] = useState<string | undefined>(undefined);
  const usual = named !== undefined && known.includes(named) ? named : known.length === 1 ? (known[0] ?? "") : "";
  const pipeline = chosen ?? usual;
  const [subject, setSubject] = useState(first);
  const [text, setText] = useState(() => dataText(letter));
  const [isSending, send] = useState(false);
  const [error, setError] = useState<ApiError | undefined>(undefined);
  const id = useId();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isSending) return;
    send(true);
    try {
      if (pipeline === "") throw new ApiError(0, "Choose the pipeline that the event is of.");
      const data = readData(text);
      const request = { pipeline, kind, data, corrects: number, ...(subject !== "" && { subject }) };
      corrected(await api.send(request), pipeline);
      setError(undefined);
    } catch (failure) {
      setError(failure instanceof UnansweredError ? uncertain(failure) : (failure as ApiError));
    }
    send(false);
  };
  return html`<form onSubmit=${(event: Event) => void submit(event)}>
    <p>This sends the data below as a new event with a new id, of the same ${kind === "label" ? "observation" : "subject"}: labels that name it still find it. The dead letter is dropped once the new event was taken; until then it stays.</p>
    <div class="form">
      <${Choice} name="Pipeline" value=${pipeline} of=${[...(usual === "" ? [["", "choose one"]] : []), ...known.map((name) => [name, name])]} choose=${choose} />
      <${Entry} name="Subject" value=${subject} typed=${setSubject} />
    </div>
    <label for=${id}>Data of the ${kind}, as JSON</label>
    <textarea id=${id} class="code" rows="8" spellcheck=${false} value=${text}
      onInput=${(event: Event) => setText((event.target as HTMLTextAreaElement).value)}></textarea>
    <div class="buttons"><button class="do" disabled=${isSending}>Send as a new event</button></div>
    <${Failure} error=${error} />
  </form>`;
}

function uncertain({ message }: UnansweredError): UnansweredError {
  return new UnansweredError(
    `${message} The correction may or may not have arrived. Send it again: the same correction is learned once.`,
  );
}

/** Of what `validate` has read: the record in it. Bytes are to be written anew. */
function dataText({ type, event }: DeadLetterDetail): string {
  const data = event["data"];
  const isRead = type === "dev.wadi.observation.validated";
  const shown = isRead ? (data as { record?: unknown } | undefined)?.record : data;
  return JSON.stringify(type === "dev.wadi.record" ? {} : (shown ?? {}), undefined, 2);
}

/** @throws ApiError for what is no JSON object. */
function readData(text: string): SendRequest["data"] {
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data === "object" && data !== null && !Array.isArray(data)) return data as SendRequest["data"];
  } catch (error) {
    throw new ApiError(0, `The data is no JSON: ${(error as Error).message}`);
  }
  throw new ApiError(0, "The data must be a JSON object: the fields with their values.");
}
