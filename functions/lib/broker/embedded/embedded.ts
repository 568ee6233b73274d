// The broker in this process: a journal on disk, a lane for each trigger. It survives kill -9: what was accepted is on
// disk, and what was not settled is delivered again.

import type { Clock } from "../../clock.ts";
import { damagedError } from "../../database.ts";
import { asError, TooLargeError, UnavailableError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import { DEFAULT_RETENTION } from "../../retention.ts";
import { createLineQuota } from "../../telemetry/line-quota.ts";
import { type Log, silentLog } from "../../telemetry/log.ts";
import type { Broker } from "../broker.ts";
import { deadLetterOf } from "../dead-letter.ts";
import { rowOf } from "../event-row.ts";
import { type Entry, type LaneHost, LOG_PAUSE_MS } from "../lane.ts";
import { BrokerObservers } from "../observers.ts";
import type { Failure, FinalOutcome } from "../outcome.ts";
import { MAX_HOPS, settlementOf } from "../settlement.ts";
import { openDeadLetters } from "./dead-letters.ts";
import { type Journal, openJournal } from "./journal.ts";
import { openJournalLog } from "./journal-log.ts";
import { lanesByType, openLanes, type Subscription } from "./lanes.ts";
import { type Lane, Ledger, type Operation } from "./ledger.ts";
import { type JournalRetention, Trimmer } from "./trim.ts";

export interface EmbeddedOptions {
  /** The journal's file, or `:memory:`. */
  readonly path: string;
  readonly triggers: readonly Subscription[];
  readonly clock: Clock;
  readonly log?: Log;
  /** Of an event as it lies in the journal; default 1 MiB, as Kafka's. */
  readonly maxEventBytes?: number;
  /** How often an event may cause another in turn before the last one is a dead letter; default 32. */
  readonly maxHops?: number;
  /** Default: 7 days, 14 of the dead letters, 1 GiB, half of it for dead letters. */
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
const RETENTION: JournalRetention = { ...DEFAULT_RETENTION, bytes: 1024 ** 3 };
const GRACE_MS = 10_000;
/** How far back the newest events of a type are looked for. */
const NEWEST_ROWS = 20_000;
/** Between two looks whether the journal is still there. */
const LOOK_MS = 1000;
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
  const ledger = new Ledger(journal, clock, trimmer, { appended, written, failed, dropped, turned });
  const quota = createLineQuota(clock);
  const observers = new BrokerObservers(log, quota);
  let received = 0;
  let deadLettersDropped = 0;
  /** From a write that failed until one succeeds. */
  let failing: UnavailableError | undefined;
  let stopping: Promise<void> | undefined;
  let onIdle: (() => void) | undefined;
  let cancelTrim = () => {};
  let cancelLook = () => {};
  /** Lanes that could not read the journal a moment ago. */
  const resting = new Set<Lane>();

  const host: LaneHost<Lane> = { clock, logAway: "journal-unavailable", suspended, settle, wake: () => ledger.wake() };
  const lanes = openLanes(options.triggers, ledger, host);
  for (const lane of lanes) ledger.add(lane);
  const candidates = lanesByType(lanes);
  if (delivers) {
    ledger.savePositions();
    trimLater();
    lookLater();
    ledger.wake();
  }

  function suspended(): boolean {
    return journal.away !== undefined;
  }

  function appended(entry: Entry): void {
    let taken = false;
    for (const lane of candidates(entry.event.type)) taken = lane.supply.notice(entry) || taken;
    observers.appended(entry.event, !taken && entry.hops === 0);
  }

  function failed(error: UnavailableError): void {
    if (failing === undefined) log.error({ err: error }, error.message);
    failing = error;
  }

  function written(): void {
    if (failing !== undefined) log.info({}, "the journal can be written again");
    failing = undefined;
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
    clock.after(LOG_PAUSE_MS, () => {
      resting.delete(lane);
      if (stopping === undefined) ledger.wake();
    });
  }

  function dropped(deadLetters: number): void {
    deadLettersDropped += deadLetters;
    const said = quota("dropped");
    if (said === undefined) return;
    const took = `the dead letters took more than ${trimmer.letterBytes} bytes`;
    log.warn(
      { deadLetters, total: deadLettersDropped, ...said },
      `${took}: the oldest were dropped; mend what causes them, send again or drop them`,
    );
  }

  function settle(lane: Lane, entry: Entry, outcome: FinalOutcome): void {
    ledger.enter(operationOf(lane, entry, outcome));
  }

  function operationOf(lane: Lane, entry: Entry, outcome: FinalOutcome): Operation {
    const settlement = settlementOf(entry, outcome, maxHops, rowWithin);
    if (settlement.how === "dead") return given(lane, entry, settlement.event, settlement.failure);
    return { append: settlement.reply, settles: { lane, entry, how: "handled" } };
  }

  function given(lane: Lane, entry: Entry, event: Event, failure: Failure): Operation {
    const letter = deadLetterOf(event, lane.subscriber.destination, failure);
    const { name: trigger } = lane.trigger;
    return {
      letter: { trigger, reason: failure.reason, subject: String(event.subject ?? event.id), row: rowOf(letter) },
      settles: { lane, entry, how: "dead" },
      written: () => observers.onDeadLetter(trigger, event, failure.reason),
    };
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

  function lookLater(): void {
    cancelLook = clock.after(LOOK_MS, () => {
      look();
      lookLater();
    });
  }

  /** Whether the journal is where it was; when it has come back, what waits goes on. */
  function look(): UnavailableError | undefined {
    const before = journal.away;
    const away = journal.look();
    if (away === before) return away;
    if (away !== undefined) {
      failing = undefined; // this one is said, too
      failed(away);
    } else if (stopping === undefined) {
      written();
      ledger.wake();
    }
    return away;
  }

  /** Entered in one turn, so written in one transaction. */
  async function publishAll(events: readonly Event[]): Promise<void> {
    if (stopping !== undefined) throw new UnavailableError("stopping", "the broker is stopping; send again later");
    const rows = events.map((event) => ({ event, row: rowWithin(event), hops: 0 }));
    await Promise.all(
      rows.map(
        (append) =>
          new Promise<void>((resolve, reject) => {
            const written = () => {
              received++;
              resolve();
            };
            ledger.enter({ append, written, failed: reject });
          }),
      ),
    );
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
    cancelLook();
    ledger.flush();
    try {
      if (delivers) ledger.savePositions();
    } catch (error) {
      log.error({ err: error }, asError(error).message);
    }
    ledger.close();
  }

  return {
    publish: (event) => publishAll([event]),
    publishAll,
    status() {
      const triggers = lanes.map((lane) => lane.status());
      const { unmatched } = observers;
      return { received, unmatched, triggers, deadLetters: journal.letters.count, deadLettersDropped };
    },
    async check() {
      const error = look() ?? failing;
      if (error !== undefined) throw error;
    },
    deadLetters: openDeadLetters(journal, ledger),
    log: openJournalLog(journal),
    newest: async (type) => journal.newest(type, NEWEST_ROWS),
    tap: (listener) => observers.tap(listener),
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
