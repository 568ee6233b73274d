// What changes, as server-sent events: `model` (a commit), `dead-letter`, `status` (once a second, where it changed).
//
//   C1  While the socket of a reader is full nothing is written to it. Meanwhile the newest state of each model set is kept,
//       of at most MAX_SETS; dead letters stay in the log and are read from there.
//   C2  A reader that took nothing for PATIENCE_MS is cut off.
//   C3  `id` is the number of the newest dead letter that was sent. A reader that comes back with it as Last-Event-ID
//       gets those after it that are still there. `model` and `status` are states, not deltas: `status` is sent at once
//       again, and model sets that were missed are asked for (GET /api/v1/models).

import type { Broker } from "../lib/broker/broker.ts";
import type { Clock } from "../lib/clock.ts";
import { BusyError } from "../lib/errors.ts";
import { type Event, EventType, type ModelUpdatedData } from "../lib/events/vocabulary.ts";
import type { Sink, StreamAnswer } from "../lib/serve/stream.ts";
import type { Admin } from "./admin.ts";
import { summaryOf } from "./letters.ts";
import type { ModelChange } from "./shapes/shapes.ts";

/** Calls the listener for each event that is written down; the answer ends it. */
export type Tap = (listener: (event: Event) => void) => () => void;

export interface ChangesOptions {
  readonly admin: Pick<Admin, "status">;
  readonly broker: Pick<Broker, "deadLetters"> & { readonly tap: Tap };
  readonly clock: Clock;
  /** Default 32. */
  readonly maxReaders?: number;
}

export interface Changes {
  /** @throws BusyError where there are too many readers, UnavailableError where the log is away. */
  stream(lastEventId: string | undefined): Promise<StreamAnswer>;
}

const MAX_READERS = 32;
const MAX_SETS = 1000;
const MAX_LETTERS = 100;
const LOOK_MS = 500;
const STATUS_MS = 1000;
const HEARTBEAT_MS = 15_000;
const PATIENCE_MS = 30_000;
const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  // nginx would hold back what is small.
  "x-accel-buffering": "no",
};

export function createChanges({ admin, broker, clock, maxReaders = MAX_READERS }: ChangesOptions): Changes {
  const readers = new Set<Reader>();
  let end = () => {};
  let statusDue = 0;

  function enter(reader: Reader): void {
    readers.add(reader);
    if (readers.size === 1) end = begin();
  }

  function leave(reader: Reader): void {
    readers.delete(reader);
    if (readers.size === 0) end();
  }

  /** Looks until it is ended. */
  function begin(): () => void {
    let over = false;
    const stopTap = broker.tap((event) => {
      if (event.type !== EventType.modelUpdated) return;
      const change = { pipeline: String(event["pipeline"]), ...(event.data as ModelUpdatedData) };
      for (const reader of readers) reader.changed(change);
    });
    const again = async () => {
      await look();
      if (!over) cancel = clock.after(LOOK_MS, again);
    };
    let cancel = clock.after(LOOK_MS, again);
    return () => {
      over = true;
      cancel();
      stopTap();
    };
  }

  async function look(): Promise<void> {
    const now = clock.now();
    // The clock may have been set back.
    const due = now >= statusDue || now < statusDue - STATUS_MS;
    if (due) statusDue = now + STATUS_MS;
    const status = due ? await statusText() : undefined;
    for (const reader of readers) await reader.look(now, status).catch(() => {}); // the log is away: later
  }

  function statusText(): Promise<string | undefined> {
    return admin.status().then(JSON.stringify, () => undefined);
  }

  return {
    async stream(lastEventId) {
      const [newest] = await broker.deadLetters.list({ limit: 1 });
      const known = newest?.number ?? 0;
      // A number from another data folder must not hide what comes.
      const from = lastEventId !== undefined && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : known;
      const status = await statusText();
      if (readers.size >= maxReaders) {
        throw new BusyError("busy", `${maxReaders} readers follow the changes already; come back later`, 10);
      }
      return {
        headers: HEADERS,
        open(sink) {
          const reader = new Reader(sink, broker, Math.min(from, known), clock.now());
          // Several may have come at once.
          if (readers.size >= maxReaders) sink.end();
          else enter(reader);
          reader.greet(status);
          return { drained: () => reader.drained(), closed: () => leave(reader) };
        },
      };
    },
  };
}

class Reader {
  readonly #sink: Sink;
  readonly #broker: ChangesOptions["broker"];
  readonly #sets = new Map<string, ModelChange>();
  /** The number of the last dead letter that was sent. */
  #letter: number;
  #status: string | undefined;
  #wroteAt: number;
  /** The socket is full. */
  #full = false;

  constructor(sink: Sink, broker: ChangesOptions["broker"], letter: number, now: number) {
    this.#sink = sink;
    this.#broker = broker;
    this.#letter = letter;
    this.#wroteAt = now;
  }

  greet(status: string | undefined): void {
    this.#status = status;
    this.#send(`retry: 2000\n\n${status === undefined ? "" : entry("status", status, this.#letter)}`);
  }

  changed(change: ModelChange): void {
    // The newest goes to the end, so that the oldest is first.
    this.#sets.delete(change.set);
    this.#sets.set(change.set, change);
    const [oldest] = this.#sets.keys();
    if (this.#sets.size > MAX_SETS && oldest !== undefined) this.#sets.delete(oldest);
  }

  drained(): void {
    this.#full = false;
  }

  async look(now: number, status: string | undefined): Promise<void> {
    if (this.#full) {
      if (now - this.#wroteAt > PATIENCE_MS) this.#sink.cut();
      return;
    }
    const letters = await this.#broker.deadLetters.list({ first: "oldest", after: this.#letter, limit: MAX_LETTERS });
    let text = "";
    for (const change of this.#sets.values()) text += entry("model", JSON.stringify(change));
    this.#sets.clear();
    for (const letter of letters) text += entry("dead-letter", JSON.stringify(summaryOf(letter)), letter.number);
    this.#letter = letters.at(-1)?.number ?? this.#letter;
    if (status !== undefined && status !== this.#status) text += entry("status", status);
    this.#status = status ?? this.#status;
    if (text === "" && now - this.#wroteAt >= HEARTBEAT_MS) text = ": still here\n\n";
    if (text === "") return;
    this.#wroteAt = now;
    this.#send(text);
  }

  #send(text: string): void {
    this.#full = !this.#sink.write(text);
  }
}

/** As an event; JSON has no line ends, so one `data` line holds it. */
function entry(event: string, data: string, id?: number): string {
  return `event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${data}\n\n`;
}
