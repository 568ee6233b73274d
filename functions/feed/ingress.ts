// An address that takes events over HTTP: what is sent to it, what its answers mean, and whether to try again.
//
//   I1  Temporary failures (no answer, 408, 429, 5xx) are tried again with the same ids, so a lost answer doubles nothing.
//   I2  An error in the address (nobody there from the start, a redirect, 401, 403, 404, 405) ends the sending at once.
//   I3  An event larger than any step takes is refused here: Knative's ingress would answer 503 to it every time.

import type { Clock } from "../lib/clock.ts";
import { asError } from "../lib/errors.ts";
import { BATCH } from "../lib/events/batch.ts";
import { writeEvent } from "../lib/events/codec.ts";
import { MAX_DOOR_BODY_BYTES } from "../lib/events/derive.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { FailedError } from "../lib/failure.ts";
import { pause } from "../lib/pause.ts";
import { programName } from "../lib/program.ts";
import { systemRandom } from "../lib/random.ts";
import { createPoster, type Poster, type PostHeaders } from "../lib/serve/poster.ts";

export interface IngressOptions {
  readonly url: string;
  /** Connections at most. */
  readonly connections: number;
  readonly clock: Clock;
  /** Once it aborts, nothing is tried again. */
  readonly signal: AbortSignal;
  /** Milliseconds for which a request is tried again once the ingress has answered; before that, none. */
  readonly patienceMs?: number;
  /** Once for each hold-up. */
  waiting?(reason: string): void;
}

export interface Ingress {
  /** Undefined: accepted; else why it was refused. @throws FailedError where the address takes no events, with the cure. */
  deliver(event: Event): Promise<string | undefined>;
  /** The same for many events, each in CloudEvents' JSON format: all of them are accepted, or none. */
  deliverBatch(members: readonly string[]): Promise<string | undefined>;
  /** Lets the connections go. */
  close(): void;
}

const DEFAULT_PATIENCE_MS = 60_000;
const ATTEMPT_MS = 30_000;
export const QUESTION_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Whether the address says that it takes batches, undefined: no answer in time. Knative's ingress takes none, and says nothing. */
export async function takesBatches(url: string, withinMs = QUESTION_MS): Promise<boolean | undefined> {
  const signal = AbortSignal.timeout(withinMs);
  try {
    const answer = await fetch(url, { method: "OPTIONS", redirect: "manual", signal });
    await answer.arrayBuffer();
    return answer.headers.get("accept-post")?.includes(BATCH) === true;
  } catch {
    // Else sending shows what is wrong with the address.
    return signal.aborted ? undefined : false;
  }
}

export function createIngress(options: IngressOptions): Ingress {
  const { url, connections, clock, signal, waiting, patienceMs = DEFAULT_PATIENCE_MS } = options;
  const poster = createPoster(url, ATTEMPT_MS, connections);
  let reached = false;
  let heldUp = false;

  async function deliver({ headers, body }: Message): Promise<string | undefined> {
    const giveUpAt = clock.now() + patienceMs;
    for (let tries = 0; ; tries++) {
      const answer = await attempt(poster, { headers, body });
      reached ||= answer.came;
      if (answer.outcome === "accepted") {
        heldUp = false;
        return undefined;
      }
      if (answer.outcome === "refused") return answer.reason;
      const over = answer.outcome === "wrong address" || !reached || signal.aborted || clock.now() >= giveUpAt;
      if (over) throw unreachable(url, answer);
      if (!heldUp) waiting?.(answer.reason);
      heldUp = true;
      await pause(systemRandom() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries), clock, signal);
    }
  }

  return {
    async deliver(event) {
      const message = messageOf(event);
      return typeof message === "string" ? message : await deliver(message);
    },
    deliverBatch: (members) => deliver({ headers: { "content-type": BATCH }, body: `[${members.join(",")}]` }),
    close: poster.close,
  };
}

interface Message {
  readonly headers: PostHeaders;
  readonly body: string | Buffer;
}

/** A text if the event cannot be sent (a lone surrogate in an attribute, circular data, too many bytes): the reason. */
function messageOf(event: Event): Message | string {
  try {
    const written = writeEvent(event);
    const body = (written.body ?? "") as string | Buffer;
    const bytes = Buffer.byteLength(body);
    if (bytes > MAX_DOOR_BODY_BYTES) {
      return `its data has ${bytes} bytes, and Wadi takes at most ${MAX_DOOR_BODY_BYTES}; make it smaller`;
    }
    return { headers: written.headers as PostHeaders, body };
  } catch (error) {
    return `it cannot be written as an event: ${asError(error).message}`;
  }
}

interface Answer {
  /** False: nobody answered. */
  readonly came: boolean;
  readonly outcome: "accepted" | "refused" | "may pass" | "wrong address";
  /** In words. */
  readonly reason: string;
}

async function attempt({ post }: Poster, { headers, body }: Message): Promise<Answer> {
  try {
    const { status, location, text } = await post(headers, body);
    const reason = location === undefined ? `${status} ${problemOf(text)}`.trim() : `${status}, go to ${location}`;
    return { came: true, outcome: outcomeOf(status), reason };
  } catch (error) {
    return { came: false, outcome: "may pass", reason: whyNobodyAnswered(asError(error)) };
  }
}

/** If a host name has several addresses, the error has no message, only a code. */
function whyNobodyAnswered(error: Error): string {
  return error.message || ("code" in error ? String(error.code) : error.name);
}

function outcomeOf(status: number): Answer["outcome"] {
  if (status >= 200 && status < 300) return "accepted";
  if (status === 408 || status === 429 || status >= 500) return "may pass";
  // These statuses are about the address, not the event: every event would get the same answer.
  return status < 400 || [401, 403, 404, 405].includes(status) ? "wrong address" : "refused";
}

/** The message of a problem; else the beginning of what came. */
function problemOf(text: string): string {
  if (text === "") return "";
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // Not Wadi's own answer: a proxy's, or another broker's.
  }
  return text.slice(0, 200).trim();
}

function unreachable(url: string, { came, outcome, reason }: Answer): FailedError {
  const cure =
    outcome === "wrong address"
      ? "name the address of a running Wadi with --url"
      : came
        ? "try again once it does: what was accepted is not learned twice"
        : `start Wadi with \`${programName()} start\`, or name it with --url`;
  return new FailedError(`${url} does not take events (${reason}); ${cure}`);
}
