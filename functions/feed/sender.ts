// Events to an ingress over HTTP, several under way at once.
//
//   S1  Events set out in their order, at most `limit` of them under way.
//   S2  A label sets out once its observation was accepted; if that one was refused, the label is refused with it.
//   S3  What may pass (no answer, 408, 429, 5xx) is tried again with the same id, so a lost answer doubles nothing.
//       An event larger than any step takes is refused here: Knative's ingress answers 503 to what is over 1 MB, for ever.
//   S4  What is wrong with the address (nobody there from the start, a redirect, 401, 403, 404, 405) ends it at once.

import type { Clock } from "../lib/clock.ts";
import { asError } from "../lib/errors.ts";
import { writeEvent } from "../lib/events/codec.ts";
import { MAX_DOOR_BODY_BYTES } from "../lib/events/derive.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { FailedError } from "../lib/failure.ts";
import { pause } from "../lib/pause.ts";
import { programName } from "../lib/program.ts";
import { systemRandom } from "../lib/random.ts";
import { createPoster, type Poster } from "../lib/serve/poster.ts";
import type { Outgoing } from "./late-labels.ts";

export interface SenderOptions {
  /** The ingress. */
  readonly url: string;
  /** Events under way at most. */
  readonly limit: number;
  readonly clock: Clock;
  /** Ends the sending: what is under way is still answered. */
  readonly signal: AbortSignal;
  /** Milliseconds for which an event is tried again once the ingress has answered; before that, none. */
  readonly patienceMs?: number;
  /** Waited for before each event: a pace, or room further on. */
  ready?(): Promise<void>;
  setOut?(outgoing: Outgoing): void;
  accepted?(outgoing: Outgoing): void;
  /** `reason` in words. */
  refused?(outgoing: Outgoing, reason: string): void;
  /** Once for each hold-up. */
  waiting?(reason: string): void;
}

const DEFAULT_PATIENCE_MS = 60_000;
const ATTEMPT_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Resolves when all are answered. @throws FailedError where the address takes no events, with the cure; what `events`
 * throws. What is under way is answered before it throws.
 */
export async function sendEvents(
  events: AsyncIterable<Outgoing> | Iterable<Outgoing>,
  options: SenderOptions,
): Promise<void> {
  const { limit, signal } = options;
  const underWay = new Map<Outgoing, Promise<void>>();
  const refused = new WeakSet<Outgoing>();
  const ingress = createIngress(options);
  let failure: { readonly error: unknown } | undefined;
  let freed = () => {};
  const room = () =>
    new Promise<void>((resolve) => {
      freed = resolve;
    });

  async function send(outgoing: Outgoing): Promise<void> {
    try {
      const { follows } = outgoing;
      if (follows !== undefined) {
        await underWay.get(follows);
        // Its observation may be what failed.
        if (failure !== undefined) return;
      }
      const reason =
        follows !== undefined && refused.has(follows)
          ? "its observation was refused"
          : await ingress.deliver(outgoing.event);
      if (reason === undefined) return options.accepted?.(outgoing);
      refused.add(outgoing);
      options.refused?.(outgoing, reason);
    } catch (error) {
      failure ??= { error };
    } finally {
      underWay.delete(outgoing);
      freed();
    }
  }

  try {
    for await (const outgoing of events) {
      await options.ready?.();
      while (underWay.size >= limit) await room();
      if (signal.aborted || failure !== undefined) break;
      options.setOut?.(outgoing);
      underWay.set(outgoing, send(outgoing));
    }
  } catch (error) {
    failure ??= { error };
  }
  await Promise.all(underWay.values());
  ingress.close();
  if (failure !== undefined) throw failure.error;
}

function createIngress({ url, limit, clock, signal, waiting, patienceMs = DEFAULT_PATIENCE_MS }: SenderOptions) {
  const poster = createPoster(url, ATTEMPT_MS, limit);
  let reached = false;
  let heldUp = false;

  /** Undefined: accepted; else why it was refused. */
  async function deliver(event: Event): Promise<string | undefined> {
    const message = written(event);
    if (typeof message === "string") return message;
    const giveUpAt = clock.now() + patienceMs;
    for (let tries = 0; ; tries++) {
      const answer = await attempt(poster, message);
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

  return { deliver, close: poster.close };
}

interface WrittenEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** In words where it cannot be sent: half a character in an attribute, nesting without end, too many bytes. */
function written(event: Event): WrittenEvent | string {
  try {
    const written = writeEvent(event);
    const body = (written.body ?? "") as string | Buffer;
    const bytes = Buffer.byteLength(body);
    if (bytes > MAX_DOOR_BODY_BYTES) {
      return `its data has ${bytes} bytes, and Wadi takes at most ${MAX_DOOR_BODY_BYTES}; make it smaller`;
    }
    return { headers: written.headers as Record<string, string>, body };
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

async function attempt({ post }: Poster, { headers, body }: WrittenEvent): Promise<Answer> {
  try {
    const { status, location, text } = await post(headers, body);
    const reason = location === undefined ? `${status} ${messageOf(text)}`.trim() : `${status}, go to ${location}`;
    return { came: true, outcome: outcomeOf(status), reason };
  } catch (error) {
    return { came: false, outcome: "may pass", reason: whyNobodyAnswered(asError(error)) };
  }
}

/** Where a name has several addresses, only the code says what all of them answered. */
function whyNobodyAnswered(error: Error): string {
  return error.message || ("code" in error ? String(error.code) : error.name);
}

function outcomeOf(status: number): Answer["outcome"] {
  if (status >= 200 && status < 300) return "accepted";
  if (status === 408 || status === 429 || status >= 500) return "may pass";
  // These are about the address and not about the event: no event will fare better.
  return status < 400 || [401, 403, 404, 405].includes(status) ? "wrong address" : "refused";
}

/** The message of a problem; else the beginning of what came. */
function messageOf(text: string): string {
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
