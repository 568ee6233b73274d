// What came back from a URL, as the broker takes it. Only what bears the step's mark is the step's answer.

import type { Answer } from "../../lib/broker/broker.ts";
import { asError, MalformedEventError } from "../../lib/errors.ts";
import { readEvent } from "../../lib/events/codec.ts";
import { platformReason } from "../../lib/events/reasons.ts";
import type { StepName } from "../../lib/events/vocabulary.ts";
import { STEP_HEADER } from "../../lib/serve/mark.ts";
import type { PostAnswer } from "../../lib/serve/poster.ts";

export const WRONG_STEP = "wrong-step";
const KEPT_MARK = 40;
const REASON = "kne-wadireason";
/** A dead letter keeps the first KiB. */
const KEPT_BYTES = 1024;

export function answerOf(step: StepName, posted: PostAnswer): Answer {
  const { status, rawHeaders, body, whole } = posted;
  const headers = byName(rawHeaders);
  const mark = headers.get(STEP_HEADER)?.trim();
  if (mark === undefined) return foreign(posted, platformReason(status));
  if (mark !== step) {
    const answered = `${JSON.stringify(mark.slice(0, KEPT_MARK))} answered where ${step} was called`;
    return foreign({ status, body: Buffer.from(answered) }, WRONG_STEP);
  }
  if (!whole) return foreign(posted, "answer-too-large");
  const told = Object.fromEntries([...headers].filter(([name]) => name.startsWith("kne-")));
  if (status < 200 || status > 299) return { status, headers: told, body: textOf(body) };
  if (body.length === 0 && ![...headers.keys()].some((name) => name.startsWith("ce-"))) return { status };
  try {
    return { status, event: readEvent(rawHeaders, body) };
  } catch (error) {
    if (!(error instanceof MalformedEventError)) throw error;
    return { status, headers: { [REASON]: "no-event" }, body: asError(error).message };
  }
}

/** The reason why an answer is none of the step's; undefined where it is the step's. */
export function foreignReason({ foreign, headers }: Answer): string | undefined {
  return foreign === true ? headers?.[REASON] : undefined;
}

function foreign({ status, body }: Pick<PostAnswer, "status" | "body">, reason: string): Answer {
  return { status, headers: { [REASON]: reason }, body: textOf(body), foreign: true };
}

function textOf(body: Buffer): string {
  return body.subarray(0, KEPT_BYTES).toString("utf8");
}

/** Names in lower case; of a name that is there twice the first counts. */
function byName(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    if (!headers.has(name)) headers.set(name, rawHeaders[i + 1] as string);
  }
  return headers;
}
