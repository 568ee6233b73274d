// One run of the generator: rows at a rate become events, until they end or it is stopped.
//
//   R1  A row counts once it goes out; its label may go out later.
//   R2  A stop ends every wait at once. What is on its way to the broker is answered; what waits to be sent later is not sent.

import type { Generator, GeneratorRequest, GeneratorTurn } from "../../admin/shapes/generator.ts";
import { refused } from "../../admin/tries/refused.ts";
import type { Clock } from "../../lib/clock.ts";
import { asError } from "../../lib/errors.ts";
import { EventType } from "../../lib/events/vocabulary.ts";
import { FailedError } from "../../lib/failure.ts";
import { createPace } from "../../lib/pause.ts";
import type { Example } from "../examples.ts";
import { withLateLabels } from "../late-labels.ts";
import type { Door } from "./door.ts";
import { placeOf } from "./first-rows.ts";
import { MOST_WAITING } from "./late.ts";
import type { MadeRow, MadeRows, Point } from "./made-rows.ts";

const MOST_POINTS = 500;

export interface RunOptions {
  readonly request: GeneratorRequest;
  readonly made: MadeRows;
  /** Those of `made`, the first of them checked. */
  readonly rows: AsyncIterable<MadeRow>;
  readonly door: Door;
  readonly clock: Clock;
  readonly abort: AbortController;
}

export interface Run {
  isOver(): boolean;
  turn(turn: GeneratorTurn): void;
  /** Resolves once it is over. */
  stop(): Promise<void>;
  /** All but the fits. */
  report(): Generator;
}

export function startRun({ request, made, rows: givenRows, door, clock, abort }: RunOptions): Run {
  const { signal } = abort;
  const { pipeline, n } = request;
  const { from, turn: turnLine, line: readLine } = made;
  /** Let go of at the end: a file's rows hold its text. */
  let rows: AsyncIterable<MadeRow> | undefined = givenRows;
  const startedAt = clock.now();
  const counts = { rows: 0, observations: 0, labels: 0, refused: 0 };
  const points: Point[] = [];
  let state: Generator["state"] = "runs";
  let { rate } = request;
  let labelsMade = 0;
  let labelsOver = 0;
  let failure: string | undefined;
  let heldUp: string | undefined;
  let firstRefusal: string | undefined;
  let turned = new AbortController();
  let pace = createPace(rate, clock, turned.signal);

  function refuse(reason: string): void {
    counts.refused++;
    firstRefusal ??= reason;
  }

  async function* atPace(): AsyncGenerator<Example> {
    for await (const row of rows ?? []) {
      await pace();
      if (signal.aborted) return;
      counts.rows++;
      const { example, point } = row;
      if (typeof example === "string") refuse(`${placeOf(row)}: ${example}`);
      else {
        if (point !== undefined && points.push(point) > MOST_POINTS) points.shift();
        // One that is sent twice comes by twice.
        if (example.label !== undefined) labelsMade += example.again?.label === undefined ? 1 : 2;
        if (labelsMade - labelsOver > MOST_WAITING) {
          throw new FailedError(`more than ${MOST_WAITING} labels wait to be sent: let them come sooner (lateLabels)`);
        }
        yield example;
      }
      if (n !== undefined && counts.rows >= n) return;
    }
  }

  const sending = door.send(withLateLabels(atPace()), {
    signal,
    accepted({ event: { type } }) {
      heldUp = undefined;
      counts[type === EventType.label ? "labels" : "observations"]++;
      if (type === EventType.label) labelsOver++;
    },
    refused({ event: { type, id } }, reason) {
      refuse(`${type} ${id}: ${reason}`);
      if (type === EventType.label) labelsOver++;
    },
    waiting(reason) {
      heldUp = `waits: ${reason}`;
    },
  });
  const over = sending
    .then(
      () => {
        state = signal.aborted ? "stopped" : "done";
      },
      (error: unknown) => {
        state = signal.aborted ? "stopped" : "failed";
        if (!signal.aborted) failure = asError(error).message;
      },
    )
    .finally(() => {
      rows = undefined;
    });

  return {
    isOver: () => state !== "runs",
    turn({ rate: wanted, line }) {
      if (line !== undefined && turnLine === undefined) {
        throw refused("body.line", `is for a line, and ${from} runs: leave it out`);
      }
      if (line !== undefined) turnLine?.(line);
      if (wanted === undefined) return;
      rate = wanted;
      const before = turned;
      turned = new AbortController();
      pace = createPace(rate, clock, turned.signal);
      before.abort();
    },
    async stop() {
      abort.abort();
      turned.abort();
      await over;
    },
    report() {
      const line = readLine?.();
      const error = failure ?? (state === "runs" ? heldUp : undefined) ?? firstRefusal;
      return {
        state,
        pipeline,
        from,
        rate,
        ...(n !== undefined && { n }),
        ...(line !== undefined && { line, points: [...points] }),
        startedAt,
        ...counts,
        waitingLabels: labelsMade - labelsOver,
        ...(error !== undefined && { error }),
      };
    },
  };
}
