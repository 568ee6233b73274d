// A handler with a bounded queue, metrics and a log. It answers alike whether an event comes over HTTP or from the broker in
// this process.

import type { Clock } from "../clock.ts";
import { BusyError } from "../errors.ts";
import { observationKey } from "../events/identity.ts";
import type { Event, StepName } from "../events/vocabulary.ts";
import { createLineQuota } from "../telemetry/line-quota.ts";
import type { Log } from "../telemetry/log.ts";
import type { Telemetry } from "../telemetry/metrics.ts";
import { type Answer, answerOf, answerOfError } from "./status.ts";

/** One event in, at most one event out. Rejects with a WadiError; anything else is a bug. */
export type Handle = (event: Event) => Promise<Event | undefined>;

export interface StepDeps {
  readonly name: StepName;
  readonly handle: Handle;
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Events under way at once before 429. More than a dispatcher keeps in flight, which is about 99. */
  readonly queueBound?: number;
}

export interface Step {
  readonly name: StepName;
  /** Never rejects. */
  answer(event: Event): Promise<Answer>;
}

const DEFAULT_QUEUE_BOUND = 256;

export function createStep(deps: StepDeps): Step {
  const { name, handle, clock, log, telemetry, queueBound = DEFAULT_QUEUE_BOUND } = deps;
  const seconds = telemetry.handleSeconds.labels(name);
  const counts = new Map<number, { inc(): void }>();
  const quota = createLineQuota(clock);
  let underWay = 0;

  async function answer(event: Event): Promise<Answer> {
    const start = clock.now();
    let given: Answer;
    underWay++;
    try {
      if (underWay > queueBound)
        throw new BusyError("busy", `${name} has ${queueBound} events under way; send again later`);
      given = answerOf(await handle(event));
    } catch (error) {
      given = answerOfError(error);
      report(event, given, error);
    }
    underWay--;
    seconds.observe((clock.now() - start) / 1000);
    countOf(given.status).inc();
    return given;
  }

  function countOf(status: number): { inc(): void } {
    let found = counts.get(status);
    if (found === undefined) {
      found = telemetry.answers.labels(name, status);
      counts.set(status, found);
    }
    return found;
  }

  function report(event: Event, failed: Answer, error: unknown): void {
    const reason = failed.headers?.["kne-wadireason"];
    const said = quota(`${failed.status} ${reason}`);
    if (said === undefined) return;
    const { pipeline, traceparent, subject } = event as Event & { pipeline?: string; traceparent?: string };
    const fields = {
      step: name,
      type: event.type,
      source: event.source,
      id: event.id,
      key: pipeline === undefined ? undefined : observationKey(pipeline, subject ?? event.id),
      traceparent,
      status: failed.status,
      reason,
      ...said,
      ...(failed.status === 500 ? { err: error } : {}),
    };
    const message = error instanceof Error ? error.message : String(error);
    if (failed.status >= 500) log.error(fields, message);
    else log.warn(fields, message);
  }

  return { name, answer };
}
