// The broker in this process: a journal on disk, a lane for each trigger. It survives kill -9: what was accepted is on
// disk, and what was not settled is delivered again.

import type { Clock } from "../../lib/clock.ts";
import { DEFAULT_RETENTION } from "../../lib/config.ts";
import { asError, ConfigurationError, TooLargeError, UnavailableError } from "../../lib/errors.ts";
import type { Event } from "../../lib/events/vocabulary.ts";
import { damagedError } from "../../lib/store/sqlite-open.ts";
import { createLineQuota } from "../../lib/telemetry/line-quota.ts";
import { type Log, silentLog } from "../../lib/telemetry/log.ts";
import type { Broker, Subscriber, Trigger } from "./broker.ts";
import { deadLetterOf } from "./dead-letter.ts";
import { openDeadLetters } from "./dead-letters.ts";
import { type Entry, type Journal, openJournal } from "./journal.ts";
import { JOURNAL_PAUSE_MS, type Lane, type LaneHost } from "./lane.ts";
import { Ledger, type Operation } from "./ledger.ts";
import { OrderedLane } from "./ordered-lane.ts";
import type { Failure, FinalOutcome } from "./outcome.ts";
import { rowOf } from "./row.ts";
import { Supply } from "./supply.ts";
import { type JournalRetention, Trimmer } from "./trim.ts";
import { UnorderedLane } from "./unordered-lane.ts";

export interface EmbeddedOptions {
  /** The journal's file, or `:memory:`. */
  readonly path: string;
  readonly triggers: readonly { readonly trigger: Trigger; readonly subscriber: Subscriber }[];
  readonly clock: Clock;
  readonly log?: Log;
  /** Of an event as it lies in the journal; default 1 MiB, as Kafka's. */
  readonly maxEventBytes?: number;
  /** How often an event may cause another in turn before the last one is a dead letter; default 32. */
  readonly maxHops?: number;
  /** Default: 7 days, 14 of the dead letters, 1 GiB. */
  readonly retention?: Partial<JournalRetention>;
  /**
   * False: nothing is delivered, trimmed, or noted of the triggers. What is put in waits for the next broker on this
   * journal, which finds it as it would have been found without this one. Default true.
   */
  readonly delivers?: boolean;
  /** How long `stop` waits for what is under way, milliseconds; default 10 s. */
  readonly graceMs?: number;
}

const MAX_EVENT_BYTES = 1024 * 1024;
const MAX_HOPS = 32;
const RETENTION: JournalRetention = { ...DEFAULT_RETENTION, bytes: 1024 ** 3 };
const GRACE_MS = 10_000;
const FOR_EVER: JournalRetention = { logMs: Infinity, deadLetterMs: Infinity, bytes: Infinity };

/**
 * A trigger goes on where it was; one that the journal has not seen begins with what comes after, as on Knative.
 * @throws ConfigurationError for a file, a filter or a duration that is wrong; UnavailableError for a full disk.
 */
export async function openEmbeddedBroker(options: EmbeddedOptions): Promise<Broker> {
  const journal = openJournal(options.path);
  try {
    return createEmbeddedBroker(journal, options);
  } catch (error) {
    journal.close();
    throw damagedError("journal", options.path, error);
  }
}

/** A broker on a journal that is open; `stop` closes it. */
export function createEmbeddedBroker(journal: Journal, options: EmbeddedOptions): Broker {
  const { clock, log = silentLog, maxEventBytes = MAX_EVENT_BYTES, maxHops = MAX_HOPS, delivers = true } = options;
  const trimmer = new Trimmer(journal, delivers ? { ...RETENTION, ...options.retention } : FOR_EVER);
  const ledger = new Ledger(journal, clock, trimmer, { appended, failed, trimmed, turned });
  const quota = createLineQuota(clock);
  const taps = new Set<(event: Event) => void>();
  let received = 0;
  let deadLetters = journal.countDeadLetters();
  let failing = false;
  let stopping: Promise<void> | undefined;
  let onIdle: (() => void) | undefined;
  let cancelTrim = () => {};
  /** Lanes that could not read the journal a moment ago. */
  const resting = new Set<Lane>();

  const host: LaneHost = { clock, settle, wake: () => ledger.wake() };
  const lanes = openLanes(options.triggers, ledger, host);
  for (const lane of lanes) ledger.add(lane);
  const candidates = lanesByType(lanes);
  if (delivers) {
    ledger.savePositions();
    trimLater();
    ledger.wake();
  }

  function appended(entry: Entry): void {
    for (const lane of candidates(entry.event.type)) lane.supply.notice(entry);
    for (const tap of taps) {
      try {
        tap(entry.event);
      } catch (error) {
        log.warn({ err: error }, "a tap of the broker failed");
      }
    }
  }

  function failed(error: UnavailableError): void {
    if (!failing) log.error({ err: error }, error.message);
    failing = true;
  }

  function turned(): void {
    for (const lane of delivers ? lanes : []) {
      if (resting.has(lane)) continue;
      try {
        lane.pump();
      } catch (error) {
        log.error({ err: error, trigger: lane.trigger.name }, `the journal cannot be read: ${asError(error).message}`);
        rest(lane);
      }
    }
    onIdle?.();
  }

  function rest(lane: Lane): void {
    resting.add(lane);
    clock.after(JOURNAL_PAUSE_MS, () => {
      resting.delete(lane);
      if (stopping === undefined) ledger.wake();
    });
  }

  function trimmed(letters: number): void {
    deadLetters -= letters;
  }

  function settle(lane: Lane, entry: Entry, outcome: FinalOutcome): void {
    ledger.enter(operationOf(lane, entry, outcome));
  }

  function operationOf(lane: Lane, entry: Entry, outcome: FinalOutcome): Operation {
    const handled = { lane, entry, how: "handled" } as const;
    if (outcome.kind === "handled") return { settles: handled, written };
    if (outcome.kind === "dead") return given(lane, entry, entry.event, outcome.failure);
    const { event } = outcome;
    const hops = entry.hops + 1;
    try {
      const row = rowWithin(event);
      if (hops <= maxHops) return { append: { event, row, hops }, settles: handled, written };
    } catch (error) {
      // As where Kafka takes no reply: the work is done, but nobody will hear of it.
      const { message, code } = error as TooLargeError;
      return given(lane, entry, entry.event, { reason: code, body: message });
    }
    const body = `${hops} events caused each other in turn; ${maxHops} are allowed`;
    return given(lane, entry, event, { reason: "hop-limit", body });
  }

  function given(lane: Lane, entry: Entry, event: Event, failure: Failure): Operation {
    const letter = deadLetterOf(event, lane.subscriber.destination, failure);
    const { name: trigger } = lane.trigger;
    return {
      letter: { trigger, reason: failure.reason, row: rowOf(letter) },
      settles: { lane, entry, how: "dead" },
      written() {
        written();
        deadLetters++;
        const { reason } = failure;
        const said = quota(`${trigger} ${reason}`);
        if (said === undefined) return;
        const { type, source, id } = event;
        log.warn({ trigger, type, source, id, reason, ...said }, "an event went to the dead letters");
      },
    };
  }

  function written(): void {
    if (failing) log.info({}, "the journal can be written again");
    failing = false;
  }

  function rowWithin(event: Event) {
    const row = rowOf(event);
    if (row.size <= maxEventBytes) return row;
    throw new TooLargeError("too-large", `the event has ${row.size} bytes; ${maxEventBytes} are allowed`);
  }

  function trimLater(): void {
    cancelTrim = clock.after(trimmer.pauseMs, () => {
      trimmer.ask();
      ledger.flush();
      trimLater();
    });
  }

  async function stop(): Promise<void> {
    for (const lane of lanes) lane.stop();
    await new Promise<void>((resolve) => {
      const cancel = clock.after(options.graceMs ?? GRACE_MS, resolve);
      onIdle = () => {
        if (!ledger.empty || !lanes.every((lane) => lane.idle())) return;
        cancel();
        resolve();
      };
      ledger.wake();
    });
    for (const lane of lanes) lane.abandon();
    cancelTrim();
    ledger.flush();
    try {
      if (delivers) ledger.savePositions();
    } catch (error) {
      log.error({ err: error }, asError(error).message);
    }
    ledger.close();
  }

  return {
    publish(event) {
      return new Promise((resolve, reject) => {
        if (stopping !== undefined) throw new UnavailableError("stopping", "the broker is stopping; send again later");
        ledger.enter({
          append: { event, row: rowWithin(event), hops: 0 },
          written() {
            written();
            received++;
            resolve();
          },
          failed: reject,
        });
      });
    },
    status: () => ({ received, triggers: lanes.map((lane) => lane.status()), deadLetters }),
    deadLetters: openDeadLetters(journal, ledger, () => {
      written();
      deadLetters--;
    }),
    tap(listener) {
      taps.add(listener);
      return () => void taps.delete(listener);
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

function openLanes(triggers: EmbeddedOptions["triggers"], ledger: Ledger, host: LaneHost): readonly Lane[] {
  const names = new Set<string>();
  return triggers.map(({ trigger, subscriber }) => {
    if (names.has(trigger.name)) {
      throw new ConfigurationError(
        `two triggers are named ${trigger.name}: rename one, each keeps its place by its name`,
      );
    }
    names.add(trigger.name);
    const position = ledger.journal.readPosition(trigger.name) ?? { upTo: ledger.tail, open: [] };
    const supply = new Supply(trigger, ledger, position);
    const Kind = trigger.order === "ordered" ? OrderedLane : UnorderedLane;
    return new Kind(trigger, subscriber, supply, host);
  });
}

/** Which lanes may match events of a type. The types are the filters', so the map cannot grow with what clients send. */
function lanesByType(lanes: readonly Lane[]): (type: string) => readonly Lane[] {
  const unbounded = lanes.filter(({ supply }) => supply.bound === undefined);
  const byType = new Map<string, readonly Lane[]>();
  for (const type of lanes.flatMap(({ supply }) => supply.bound?.types ?? [])) {
    byType.set(
      type,
      lanes.filter(({ supply }) => supply.bound?.types.includes(type) ?? true),
    );
  }
  return (type) => byType.get(type) ?? unbounded;
}
