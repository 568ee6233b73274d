// The broker in this process: a journal on disk, a lane for each trigger. It survives kill -9: what was accepted is on
// disk, and what was not settled is delivered again.

import type { Clock } from "../../clock.ts";
import { damagedError } from "../../database.ts";
import { asError, UnavailableError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import { DEFAULT_RETENTION } from "../../retention.ts";
import { createLineQuota } from "../../telemetry/line-quota.ts";
import { type Log, silentLog } from "../../telemetry/log.ts";
import type { SyncLog } from "../../write-ahead-log.ts";
import type { Broker, BrokerStatus, DeadLetterQueue } from "../broker.ts";
import { Drain } from "../drain.ts";
import type { EventLog, FollowedLog } from "../event-log.ts";
import { rowWithin } from "../event-row.ts";
import type { Entry } from "../lane.ts";
import { BrokerObservers } from "../observers.ts";
import { MAX_HOPS } from "../settlement.ts";
import { openDeadLetters } from "./dead-letters.ts";
import { type Journal, openJournal } from "./journal.ts";
import { JournalHealth } from "./journal-health.ts";
import { openJournalLog } from "./journal-log.ts";
import { LanePump } from "./lane-pump.ts";
import { lanesByType, openLanes, type Subscription } from "./lanes.ts";
import { type Append, type Lane, Ledger } from "./ledger.ts";
import { Settling } from "./settling.ts";
import { type JournalRetention, Trimmer } from "./trim.ts";

export interface EmbeddedOptions {
  /** The journal's file, or `:memory:`. */
  readonly path: string;
  readonly triggers: readonly Subscription[];
  readonly clock: Clock;
  readonly log?: Log;
  /** Of an event in the journal; default 1 MiB, as in Kafka. */
  readonly maxEventBytes?: number;
  /** How long a chain of events that cause each other may be; default 32. */
  readonly maxHops?: number;
  /** Default: 7 days, 14 of the dead letters, 1 GiB, half of it for dead letters. */
  readonly retention?: Partial<JournalRetention>;
  /**
   * False: nothing is delivered or trimmed, and no position of a trigger is saved. What is published waits for the next
   * broker on this journal. Default true.
   */
  readonly delivers?: boolean;
  /** True: nothing is trimmed before one who follows the log says from where on it is to stay. */
  readonly isFollowed?: boolean;
  /** Brings the journal's log to disk; default: fdatasync. */
  readonly sync?: SyncLog;
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
 * A trigger continues where it was; a new one begins with the events that come from now on, as on Knative.
 * @throws ConfigurationError for a file, a filter or a duration that is wrong; UnavailableError for a full disk.
 */
export async function openEmbeddedBroker(options: EmbeddedOptions): Promise<Broker> {
  const journal = openJournal(options.path, options.sync);
  try {
    return createEmbeddedBroker(journal, options);
  } catch (error) {
    journal.close();
    throw damagedError("journal", options.path, error);
  }
}

/** A broker on a journal that is open; `stop` closes it. */
export function createEmbeddedBroker(journal: Journal, options: EmbeddedOptions): Broker {
  return new EmbeddedBroker(journal, options);
}

class EmbeddedBroker implements Broker {
  readonly deadLetters: DeadLetterQueue;
  readonly log: EventLog;
  readonly #clock: Clock;
  readonly #programLog: Log;
  readonly #journal: Journal;
  readonly #maxEventBytes: number;
  readonly #graceMs: number;
  readonly #delivers: boolean;
  readonly #observers: BrokerObservers;
  readonly #trimmer: Trimmer;
  readonly #health: JournalHealth;
  readonly #ledger: Ledger;
  readonly #lanes: readonly Lane[];
  readonly #lanesOfType: (type: string) => readonly Lane[];
  readonly #pump: LanePump;
  readonly #drain = new Drain();
  #cancelTrim = () => {};
  #cancelLook = () => {};
  #received = 0;
  #stopping: Promise<void> | undefined;

  constructor(journal: Journal, options: EmbeddedOptions) {
    const { clock, log = silentLog, maxHops = MAX_HOPS, maxEventBytes = MAX_EVENT_BYTES, delivers = true } = options;
    this.#clock = clock;
    this.#programLog = log;
    this.#journal = journal;
    this.#maxEventBytes = maxEventBytes;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    this.#delivers = delivers;
    this.#observers = new BrokerObservers(log, createLineQuota(clock));
    const retention = delivers ? { ...RETENTION, ...options.retention } : FOR_EVER;
    this.#trimmer = new Trimmer(journal, retention, (...held) => this.#observers.onHeld(...held));
    if (options.isFollowed === true) this.#trimmer.keepFrom(0);
    this.#health = new JournalHealth(journal, log, () => this.#journalIsBack());
    this.#ledger = this.#openLedger();
    this.#lanes = this.#openLanes(
      options.triggers,
      new Settling({ maxHops, maxEventBytes, observers: this.#observers }),
    );
    this.#lanesOfType = lanesByType(this.#lanes);
    this.#pump = new LanePump(delivers ? this.#lanes : [], clock, log, () => this.#wakeUnlessStopping());
    this.deadLetters = openDeadLetters(journal, this.#ledger);
    this.log = openJournalLog(journal);
    if (delivers) this.#begin();
  }

  #openLedger(): Ledger {
    return new Ledger(this.#journal, this.#clock, this.#trimmer, {
      appended: (entry) => this.#appended(entry),
      written: () => this.#health.writeSucceeded(),
      failed: (error) => this.#health.writeFailed(error),
      dropped: (deadLetters) => this.#observers.onLettersDropped(deadLetters, this.#trimmer.letterBytes),
      turned: () => {
        this.#pump.pump();
        this.#drain.look();
      },
    });
  }

  #openLanes(triggers: readonly Subscription[], settling: Settling): readonly Lane[] {
    const ledger = this.#ledger;
    const lanes = openLanes(triggers, ledger, {
      clock: this.#clock,
      logAway: "journal-unavailable",
      suspended: () => this.#journal.away !== undefined || ledger.isFull,
      settle: (lane, entry, outcome) => ledger.enter(settling.operationOf(lane, entry, outcome)),
      wake: () => ledger.wake(),
    });
    for (const lane of lanes) ledger.add(lane);
    return lanes;
  }

  #begin(): void {
    this.#ledger.savePositions();
    this.#trimLater();
    this.#lookLater();
    this.#ledger.wake();
  }

  #appended(entry: Entry): void {
    let taken = false;
    for (const lane of this.#lanesOfType(entry.event.type)) taken = lane.supply.notice(entry) || taken;
    const { event, hops, size: bytes } = entry;
    this.#observers.appended(event, { hops, bytes }, !taken && hops === 0);
  }

  #trimLater(): void {
    this.#cancelTrim = this.#clock.after(this.#trimmer.pauseMs, () => {
      this.#trimmer.ask();
      this.#ledger.flush();
      this.#trimLater();
    });
  }

  #lookLater(): void {
    this.#cancelLook = this.#clock.after(LOOK_MS, () => {
      this.#health.look();
      this.#lookLater();
    });
  }

  #journalIsBack(): void {
    if (this.#stopping !== undefined) return;
    this.#health.writeSucceeded();
    this.#ledger.wake();
  }

  #wakeUnlessStopping(): void {
    if (this.#stopping === undefined) this.#ledger.wake();
  }

  async publish(event: Event): Promise<void> {
    await this.#publish(this.#appendOf(event));
  }

  /** Entered in one turn, so written in one transaction. */
  async publishAll(events: readonly Event[]): Promise<void> {
    const appends = events.map((event) => this.#appendOf(event));
    await Promise.all(appends.map((append) => this.#publish(append)));
  }

  /** @throws UnavailableError `stopping`; MalformedEventError and TooLargeError for what the log does not take. */
  #appendOf(event: Event): Append {
    if (this.#stopping !== undefined)
      throw new UnavailableError("stopping", "the broker is stopping; send again later");
    return { event, row: rowWithin(event, this.#maxEventBytes), hops: 0 };
  }

  #publish(append: Append): Promise<void> {
    return new Promise((resolve, reject) => {
      const written = () => {
        this.#received++;
        resolve();
      };
      this.#ledger.enter({ append, written, failed: reject });
    });
  }

  status(): BrokerStatus {
    const { unmatched, deadLettersDropped } = this.#observers;
    return {
      received: this.#received,
      unmatched,
      triggers: this.#lanes.map((lane) => lane.status()),
      deadLetters: this.#journal.lettersOnDisk.count,
      deadLettersDropped,
    };
  }

  async check(): Promise<void> {
    this.#health.check();
  }

  async newest(type: string): Promise<readonly Event[]> {
    return this.#journal.newest(type, NEWEST_ROWS);
  }

  follow(): FollowedLog {
    return { ...this.log, keepFrom: ([seq = 0]) => this.#trimmer.keepFrom(seq), close: async () => {} };
  }

  tap(...listeners: Parameters<Broker["tap"]>): () => void {
    return this.#observers.tap(...listeners);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    for (const lane of this.#lanes) lane.stop();
    const drained = this.#drain.wait(() => this.#isIdle(), this.#clock, this.#graceMs);
    this.#ledger.wake();
    await drained;
    for (const lane of this.#lanes) lane.abandon();
    this.#cancelTrim();
    this.#cancelLook();
    await this.#ledger.finish();
    this.#savePositions();
    this.#ledger.close();
  }

  #isIdle(): boolean {
    return this.#ledger.empty && this.#lanes.every((lane) => lane.idle());
  }

  #savePositions(): void {
    if (!this.#delivers) return;
    try {
      this.#ledger.savePositions();
    } catch (error) {
      this.#programLog.error({ err: error }, asError(error).message);
    }
  }
}
