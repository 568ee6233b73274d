// A dead letter whose data a person has corrected: it is sent as a new event, and the letter goes once that was taken.
//
//   C1  The event is sent first. Killed in between, the letter is still there, and nothing of it is lost.
//   C2  The id follows from the letter and what is sent, so the same correction again is the same event: nothing is learned twice. Another
//       correction is another event, which is refused aloud where it is of the same subject.
//   C3  The subject stays, where nothing else is said: labels that name the observation still find it.

import type { DeadLetter, DeadLetterQueue } from "../../lib/broker/broker.ts";
import { NotFoundError, UnavailableError } from "../../lib/errors.ts";
import { type Event, EventType } from "../../lib/events/vocabulary.ts";
import { digestOf } from "../../lib/pipeline/digest.ts";
import type { SendRequest } from "../shapes/tries.ts";
import { refused } from "./refused.ts";

/** What a client sent, or what `validate` made of it. All else rests on an observation that is there already. */
const CORRECTABLE: ReadonlySet<string> = new Set([
  EventType.observation,
  EventType.label,
  EventType.record,
  EventType.observationValidated,
  EventType.labelValidated,
]);
const ID_DIGITS = 32;

/** @throws NotFoundError for a letter that is gone; RejectedError for an event that a later step has made. */
export async function letterToCorrect(letters: Pick<DeadLetterQueue, "get">, number: number): Promise<DeadLetter> {
  const letter = await letters.get(number);
  if (letter === undefined)
    throw new NotFoundError(`there is no dead letter ${number}; it may have been sent again or dropped`);
  if (CORRECTABLE.has(letter.event.type)) return letter;
  throw refused(
    "body.corrects",
    `is ${number}, a ${letter.event.type.replace("dev.wadi.", "")} that a step has made: send it again as it is`,
  );
}

/** C2, C3: the request, with what it takes over from the letter. */
export function correctionOf({ event }: DeadLetter, request: SendRequest): SendRequest {
  const isObservation = event.type === EventType.observation || event.type === EventType.observationValidated;
  const subject = request.subject ?? event.subject ?? (isObservation ? event.id : undefined);
  const { pipeline, kind, data } = request;
  const of = { source: event.source, id: event.id, pipeline, kind, subject: subject ?? null, data };
  const id = request.id ?? `corrected-${digestOf(of).slice(0, ID_DIGITS)}`;
  return { ...request, id, ...(subject !== undefined && { subject }) };
}

/** Where the pipeline names no field for it, the event time of the first event counts. */
export function timeOf({ event }: DeadLetter): Pick<Event, "time"> {
  return event.time === undefined ? {} : { time: event.time };
}

/** C1: after the event was taken. False where the letter could not be dropped now, or was gone. */
export async function dropCorrected(letters: Pick<DeadLetterQueue, "drop">, number: number): Promise<boolean> {
  try {
    return (await letters.drop([number])) === 1;
  } catch (error) {
    // What was sent was sent: who asks is told that the letter is still there.
    if (error instanceof UnavailableError) return false;
    throw error;
  }
}
