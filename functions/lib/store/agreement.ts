// What all processes that open a store agree on: for how long events may come, and which logs have fed it.
//
//   A1  Retention is a property of the whole store, not of a pipeline: log and dead letters hold the events of all of them.
//   A2  The longest that the store was ever opened with counts. A shorter one is refused: ids would be forgotten while other
//       processes still take events that old, and an event would be learned twice.
//   A3  A process that runs hears within REFRESH_MS of a longer retention; one that was idle asks first.
//   A4  What the retention was before it was raised is kept: ids learned until then live no longer than that, so an event
//       recorded until then is taken no longer than that.

import { HOUR_MS } from "../duration.ts";
import { ConfigurationError, UnavailableError } from "../errors.ts";
import { DEFAULT_RETENTION, type Retention, type RetentionSetting } from "../retention.ts";

/** A log that only one process can read, whose events this store has learned. */
export interface LogOwner {
  /** Of the log; never changes. */
  readonly id: string;
  /** For people: where it is. */
  readonly where: string;
  /** When it was last in use, epoch milliseconds. */
  readonly at: number;
}

/** The part of a driver. */
export interface Agreement {
  /** Undefined where none was ever set. */
  retention(): Promise<Retention | undefined>;
  /**
   * Keeps what is longer in `asked`; keeps nothing where some of it is shorter than what is kept. What is neither asked nor
   * kept becomes the default. In one step. Resolves with what is kept then, and what it was before.
   */
  raiseRetention(asked: RetentionSetting): Promise<Retention>;
  announceLog(log: LogOwner): Promise<void>;
  logs(): Promise<readonly LogOwner[]>;
  /** The commands that make the store forget its retention, and the logs: those in use announce themselves again. */
  readonly forgetting: string;
  readonly forgettingLogs: string;
}

export interface StoreRetention {
  /** As last heard from the store; before that as set for this process, else the defaults. */
  current(): Retention;
  /** Asks the store without writing. @throws UnavailableError. */
  read(): Promise<Retention>;
  /**
   * The retention that counts, from now on for this process, too. Quick once it is known.
   * @throws UnavailableError while the store is away, or `shorter-retention`.
   */
  agreed(): Promise<Retention>;
  /** Whether `agreed` need not be waited for. */
  isAgreed(): boolean;
}

const SHORTER = "shorter-retention";
const REFRESH_MS = 60_000;
/** Half of the time within which all processes have heard of a raise (retention.ts). */
const STALE_MS = 1_800_000;

const VARIABLES = [
  ["logMs", "WADI_LOG_RETENTION_HOURS", "retention.logHours"],
  ["deadLetterMs", "WADI_DEAD_LETTER_RETENTION_HOURS", "retention.deadLetterHours"],
] as const;

/** `asked` undefined: nothing is agreed on, the defaults count. */
export function createStoreRetention(
  agreement: Agreement,
  asked: RetentionSetting | undefined,
  now: () => number,
): StoreRetention {
  const told: Retention = { ...DEFAULT_RETENTION, ...asked };
  let known: Retention | undefined = asked === undefined ? told : undefined;
  let heardAt = now();
  let askedAt = heardAt;
  let asking: Promise<Retention> | undefined;

  async function ask(): Promise<Retention> {
    const kept = await agreement.raiseRetention(asked ?? {});
    // A running process takes over a longer one; a process that starts with a shorter one is refused.
    if (known === undefined) checkNotShorter(asked ?? {}, kept, agreement.forgetting);
    known = kept;
    heardAt = now();
    return kept;
  }

  function askOnce(): Promise<Retention> {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  const isAgreed = () => known !== undefined && (asked === undefined || Math.abs(now() - heardAt) < STALE_MS);

  function refresh(): void {
    if (asked === undefined || Math.abs(now() - askedAt) < REFRESH_MS) return;
    askedAt = now();
    askOnce().catch(() => undefined); // whatever needs the store reports that it is away
  }

  return {
    current() {
      if (known !== undefined) refresh();
      return known ?? told;
    },
    read: async () => {
      if (asked === undefined) return told;
      const kept = (await agreement.retention()) ?? told;
      return {
        logMs: Math.max(kept.logMs, asked.logMs ?? 0),
        deadLetterMs: Math.max(kept.deadLetterMs, asked.deadLetterMs ?? 0),
      };
    },
    async agreed() {
      if (known === undefined || !isAgreed()) return askOnce();
      refresh();
      return known;
    },
    isAgreed,
  };
}

/** At the start. A store that is away stops nothing: what needs it waits. @throws ConfigurationError for a shorter retention. */
export async function agreeOnRetention(retention: StoreRetention): Promise<void> {
  try {
    await retention.agreed();
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    if (error.code === SHORTER) throw new ConfigurationError(error.message, { cause: error });
  }
}

function checkNotShorter(asked: RetentionSetting, kept: Retention, forgetting: string): void {
  for (const [field, variable, value] of VARIABLES) {
    const wanted = asked[field];
    if (wanted === undefined || wanted >= kept[field]) continue;
    const [has, had] = [wanted / HOUR_MS, kept[field] / HOUR_MS];
    throw new UnavailableError(
      SHORTER,
      `${variable} is ${has}, and this store was opened with ${had} before: learned ids would be forgotten while others ` +
        `still take events that old, which would be learned twice. Set ${had} or more (${value} of the chart), or unset it: ` +
        `then the store's own counts. Topics may keep less than that; only ids live longer than they need. To shorten it on ` +
        `purpose, no rolling upgrade will do: stop every Wadi on this store, let it forget (${forgetting}), start with ${has}`,
    );
  }
}
