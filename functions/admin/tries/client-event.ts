// An event as a person has written it: checked as the ingress checks it, and as the pipeline will.

import { randomUUID } from "node:crypto";
import type { Clock } from "../../lib/clock.ts";
import { type FieldProblem, MalformedEventError, RejectedError } from "../../lib/errors.ts";
import { checkValue } from "../../lib/events/attributes.ts";
import { MAX_DOOR_BODY_BYTES } from "../../lib/events/derive.ts";
import { type Event, EventType } from "../../lib/events/vocabulary.ts";
import type { SendRequest } from "../shapes/tries.ts";
import { refused } from "./refused.ts";

/** Of events that were sent by hand, through the admin API. */
export const SOURCE = "/wadi/admin";

/** @throws RejectedError for an id or a subject that no event may have, or data of too many bytes. */
export function clientEventOf({ pipeline, kind, id = randomUUID(), subject, data }: SendRequest, clock: Clock): Event {
  checkAttribute("id", id);
  if (subject !== undefined) checkAttribute("subject", subject);
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes > MAX_DOOR_BODY_BYTES) {
    throw refused("body.data", `has ${bytes} bytes as JSON, and ${MAX_DOOR_BODY_BYTES} are allowed`);
  }
  return {
    specversion: "1.0",
    id,
    source: SOURCE,
    type: EventType[kind],
    ...(subject !== undefined && { subject }),
    time: new Date(clock.now()).toISOString(),
    pipeline,
    datacontenttype: "application/json",
    data,
  };
}

function checkAttribute(name: "id" | "subject", value: string): void {
  try {
    checkValue(name, value);
  } catch (error) {
    if (!(error instanceof MalformedEventError)) throw error;
    throw refused(`body.${name}`, error.message.replace(`${name} `, ""));
  }
}

/** Calls the fields at fault as the request has them: `data.x` is `body.data.x` there. */
export function inRequest(error: unknown, from: string, to: string): unknown {
  if (!(error instanceof RejectedError)) return error;
  const fields = error.fields.map(({ path, problem }): FieldProblem => {
    const rest = path.startsWith(from) ? path.slice(from.length) : undefined;
    const isInside = rest !== undefined && /^(\.|\[|$)/.test(rest);
    return { path: isInside ? `${to}${rest}` : path, problem };
  });
  const message = fields.map(({ path, problem }) => `${path} ${problem}`).join("; ") || error.message;
  return new RejectedError(error.code, message, fields, { cause: error });
}
