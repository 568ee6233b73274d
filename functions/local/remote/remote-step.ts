// One step behind a URL, called by this process's broker. A call may end in the middle, twice, or not at all: handlers are
// idempotent, and what is not the step's own answer is tried again.

import type { Answer, Subscriber } from "../../lib/broker/broker.ts";
import type { Clock } from "../../lib/clock.ts";
import { asError } from "../../lib/errors.ts";
import { writeEvent } from "../../lib/events/codec.ts";
import { reasonOf } from "../../lib/events/reasons.ts";
import type { Event, StepName } from "../../lib/events/vocabulary.ts";
import { createPoster, type PostHeaders, TimeoutError } from "../../lib/serve/poster.ts";
import { createLineQuota } from "../../lib/telemetry/line-quota.ts";
import type { Log } from "../../lib/telemetry/log.ts";
import { answerOf, foreignReason, WRONG_STEP } from "./answer.ts";
import { showUrl } from "./setting.ts";

export interface RemoteStepOptions {
  readonly step: StepName;
  readonly url: string;
  readonly headers: PostHeaders;
  readonly timeoutMs: number;
  /** The most connections. */
  readonly connections: number;
  readonly maxBytes?: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** A call that the step did not answer itself. */
export interface CallFailure {
  /** Epoch milliseconds. */
  readonly time: number;
  /** As a dead letter has it. */
  readonly reason: string;
  /** What happened. */
  readonly what: string;
  readonly cure: string;
}

/** How a step that is called by URL is. */
export interface Called {
  readonly url: string;
  /** Whether the last call was not answered by the step. */
  readonly failing: boolean;
  /** The last such call, however long ago. `message`: what happened, and the cure. */
  readonly failure?: Pick<CallFailure, "time" | "reason"> & { readonly message: string };
}

/** What came of asking a step whether it is there. */
export interface Look {
  readonly ms: number;
  /** Absent where the step answered itself. */
  readonly failure?: CallFailure;
  /** Of the answer, where one came. */
  readonly status?: number;
}

export interface RemoteStep extends Subscriber {
  readonly step: StepName;
  called(): Called;
  /** Posts what is no event, which a step refuses and does nothing about. Never rejects. */
  look(): Promise<Look>;
  /** Closes the connections. */
  close(): void;
}

/** No step makes a larger event. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export function createRemoteStep(options: RemoteStepOptions): RemoteStep {
  const { step, url, timeoutMs, connections, maxBytes = Infinity, clock, log } = options;
  // Answers are not unzipped here.
  const own: PostHeaders = { "accept-encoding": "identity", ...options.headers };
  const where = showUrl(url);
  const poster = createPoster(url, timeoutMs, connections, MAX_ANSWER_BYTES);
  const quota = createLineQuota(clock);
  let last: CallFailure | undefined;
  let failing = false;

  function failed(reason: string, told: Told): CallFailure {
    const failure = { time: clock.now(), reason, ...told };
    last = failure;
    failing = true;
    const said = quota(reason);
    if (said !== undefined) log.warn({ step, where, reason, ...said }, `${step} at ${where}: ${messageOf(failure)}`);
    return failure;
  }

  /** @throws Error where no answer came. */
  async function call(headers: PostHeaders, body: string | Buffer): Promise<{ answer: Answer; failure?: CallFailure }> {
    const answer = answerOf(step, await poster.post({ ...own, ...headers }, body));
    const reason = foreignReason(answer);
    if (reason !== undefined) return { answer, failure: failed(reason, toldOf(reason, answer)) };
    failing = false;
    return { answer };
  }

  function notReached(thrown: unknown): CallFailure {
    const error = asError(thrown);
    return failed(error instanceof TimeoutError ? "timeout" : "transport", {
      what: `It did not answer: ${error.message || (error as NodeJS.ErrnoException).code}.`,
      cure: "See whether it runs there; correct the address if not.",
    });
  }

  async function deliver(event: Event): Promise<Answer> {
    const { headers, body } = writeEvent(event) as { headers: PostHeaders; body: string | Buffer };
    const bytes = sizeOf({ ...own, ...headers }, body);
    if (bytes > maxBytes) return tooLarge(bytes);
    try {
      return (await call(headers, body)).answer;
    } catch (error) {
      notReached(error);
      throw error;
    }
  }

  function tooLarge(bytes: number): Answer {
    const reason = "too-large-for-steps";
    const message =
      `the request to ${step} would have ${bytes} bytes, and --steps-max-bytes allows ${maxBytes}: ` +
      `let ${step} run where larger requests are taken, or send smaller events; then redrive`;
    const said = quota(reason);
    if (said !== undefined) log.warn({ step, where, reason, ...said }, message);
    return { status: 413, headers: { "kne-wadireason": reason }, body: JSON.stringify({ error: reason, message }) };
  }

  return {
    step,
    destination: where,
    deliver,
    called: () => ({
      url: where,
      failing,
      ...(last && { failure: { time: last.time, reason: last.reason, message: messageOf(last) } }),
    }),
    async look() {
      const start = clock.now();
      try {
        const { answer, failure } = await call({}, "");
        return { ms: clock.now() - start, status: answer.status, ...(failure && { failure }) };
      } catch (error) {
        return { ms: clock.now() - start, failure: notReached(error) };
      }
    },
    close: poster.close,
  };
}

const messageOf = ({ what, cure }: Told) => `${what} ${cure}`;

type Told = Pick<CallFailure, "what" | "cure">;

function toldOf(reason: string, { status, body }: Answer): Told {
  const { code = "", means = "", cure = "" } = reasonOf(reason) ?? {};
  const what =
    reason === WRONG_STEP ? `${body}.` : code === reason ? means : `${status} without the mark: the platform answered.`;
  return { what: what.replaceAll("`", ""), cure: cure.replaceAll("`", "") };
}

/** Of the request's headers and body, without its first line. */
function sizeOf(headers: PostHeaders, body: string | Buffer): number {
  const lines = Object.entries(headers).map(([name, value]) => name.length + value.length + 4);
  return lines.reduce((sum, length) => sum + length, Buffer.byteLength(body));
}
