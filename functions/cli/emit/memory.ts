// What of a run of `wadi emit` was accepted, kept on disk while it runs: after Ctrl-C or kill -9 the same command goes on
// behind it.
//
//   M1  Events are counted in the order in which they set out, which the input alone decides: late labels included.
//   M2  What is kept is how many of the first ones were all answered, which of these were not accepted, and a digest of
//       them. It never runs ahead of an answer, so nothing is skipped that was not accepted.
//   M3  It holds only for the same first events: a file that was changed there is sent from its start.
//   M4  A kill -9 loses the answers of the last SAVE_MS: these events are sent twice, with the same ids.

import { hash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Outgoing } from "../../feed/late-labels.ts";
import type { Clock } from "../../lib/clock.ts";
import { type Event, EventType } from "../../lib/events/vocabulary.ts";
import type { EmitPlan } from "./options.ts";

/** How far an earlier run came. */
export interface Mark {
  /** So many of the first events were answered. */
  readonly events: number;
  /** Of these, by their place from 0, what was not accepted. */
  readonly refused: readonly number[];
  /** Of these events, in their order. */
  readonly digest: string;
  /** The subject of the first observation that was accepted: who does not know it is another Wadi. */
  readonly subject?: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

export interface EmitMemory {
  /** Undefined where nothing is known. */
  load(): Mark | undefined;
  /** What is told from now on follows this mark. */
  begin(mark: Mark | undefined): void;
  setOut(outgoing: Outgoing): void;
  answered(outgoing: Outgoing, accepted: boolean): void;
  /** The run is over: all was sent, and nothing is left to remember; or not. */
  end(done: boolean): void;
}

const SAVE_MS = 200;
/** Past so many refused ones the mark stands still, and what is behind it is sent again. */
const MOST_REFUSED = 1000;

/** For what can be read again from its start. */
export function createEmitMemory(plan: EmitPlan, clock: Clock, warn: (problem: string) => void): EmitMemory {
  const folder = plan.memoryFolder;
  const file = join(folder, `${keyOf(plan)}.json`);
  const window: { readonly outgoing: Outgoing; answer?: boolean }[] = [];
  const places = new Map<Outgoing, { readonly entry?: (typeof window)[number]; readonly again?: number }>();
  let refused = new Set<number>();
  let again: number[] = [];
  let events = 0;
  let digest = "";
  let subject: string | undefined;
  let saved = clock.now();
  let writable = true;
  let full = false;

  function advance(): void {
    for (let first = window[0]; first?.answer !== undefined; first = window[0]) {
      full = !first.answer && refused.size >= MOST_REFUSED;
      if (full) return;
      window.shift();
      digest = chained(digest, first.outgoing.event);
      if (!first.answer) refused.add(events);
      else subject ??= subjectOf(first.outgoing.event);
      events++;
    }
  }

  function save(): void {
    if (events === 0 || !writable) return;
    saved = clock.now();
    const mark: Mark = {
      events,
      refused: [...refused],
      digest,
      ...(subject !== undefined && { subject }),
      time: saved,
    };
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify(mark));
      renameSync(`${file}.new`, file);
    } catch (error) {
      writable = false;
      warn(
        `cannot keep in ${folder} how far this came (${(error as Error).message}): after an interruption it begins anew`,
      );
    }
  }

  return {
    load: () => readMark(file),
    begin(mark) {
      if (mark === undefined) return;
      ({ events, digest, subject } = mark);
      refused = new Set(mark.refused);
      again = [...mark.refused];
    },
    setOut(outgoing) {
      if (full) return;
      const place = again.shift();
      if (place !== undefined) {
        places.set(outgoing, { again: place });
        return;
      }
      const entry = { outgoing };
      window.push(entry);
      places.set(outgoing, { entry });
    },
    answered(outgoing, accepted) {
      const place = places.get(outgoing);
      places.delete(outgoing);
      if (place?.entry !== undefined) place.entry.answer = accepted;
      if (place?.again !== undefined && accepted) refused.delete(place.again);
      if (!full) advance();
      if (clock.now() - saved >= SAVE_MS) save();
    },
    end(done) {
      if (!done) return save();
      try {
        rmSync(file, { force: true });
      } catch {
        // Where it cannot be written there is none.
      }
    },
  };
}

/** Whether these are the events that the mark was made of; reads so many of them. */
export async function isOf(mark: Mark, all: AsyncIterable<Outgoing>): Promise<boolean> {
  let digest = "";
  let events = 0;
  for await (const { event } of all) {
    digest = chained(digest, event);
    if (++events === mark.events) return digest === mark.digest;
  }
  return false;
}

/** What is still to be sent: first what was not accepted, then all behind the mark. */
export async function* behind(mark: Mark | undefined, all: AsyncIterable<Outgoing>): AsyncGenerator<Outgoing> {
  if (mark === undefined) return yield* all;
  const refused = new Set(mark.refused);
  let place = 0;
  for await (const outgoing of all) {
    if (place >= mark.events || refused.has(place)) yield outgoing;
    place++;
  }
}

function chained(digest: string, event: Event): string {
  return hash("sha256", `${digest}\n${JSON.stringify(event)}`, "hex").slice(0, 32);
}

function subjectOf(event: Event): string | undefined {
  return event.type === EventType.observation ? (event.subject ?? event.id) : undefined;
}

/** The same command: the same input, read in the same way, to the same address. */
function keyOf({ input, url, examples, limit }: EmitPlan): string {
  const what =
    input.kind === "line"
      ? input
      : { ...input, path: resolve(input.path), csv: { ...input.csv, types: [...(input.csv.types ?? [])] } };
  return hash("sha256", JSON.stringify([what, url, examples, String(limit)]), "hex").slice(0, 16);
}

function readMark(file: string): Mark | undefined {
  try {
    const mark = JSON.parse(readFileSync(file, "utf8")) as Partial<Mark>;
    const { events, refused, digest, subject, time } = mark;
    const sound = Number.isSafeInteger(events) && (events as number) > 0 && Array.isArray(refused);
    if (!sound || typeof digest !== "string" || typeof time !== "number") return undefined;
    return { events: events as number, refused, digest, time, ...(typeof subject === "string" && { subject }) };
  } catch {
    return undefined;
  }
}
