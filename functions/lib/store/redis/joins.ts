// The JoinStore in Redis. What a put reads and writes is in join.lua; an answer is read off the row as the put left it,
// by the rules J1 to J3 of sqlite/joins.ts.

import { HOUR_MS } from "../../duration.ts";
import type { Served, Target } from "../../events/vocabulary.ts";
import type {
  JoinCounts,
  Joined,
  JoinStore,
  LabelAnswer,
  LabelHalf,
  ObservationAnswer,
  ObservationHalf,
} from "../store.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";
import type { StoreTime } from "./time.ts";

/** How long an hour that expired is counted yet; join.lua removes what is older. */
const KEPT_HOURS = 24;

type StoredObservation = Omit<ObservationHalf, "pipeline" | "key" | "y">;

interface StoredLabel {
  readonly y: Target;
  /** The event that brought it; "" for the observation itself. */
  readonly eventId: string;
  readonly recordedTime: number;
}

interface Row {
  readonly expires: number;
  readonly labelFirst: boolean;
  readonly observation?: StoredObservation;
  readonly label?: StoredLabel;
  /** The label completed the join when nothing had been served yet; what was served later is not part of its answer. */
  readonly unserved: boolean;
  readonly served?: Served;
}

export function createRedisJoins(
  { run, call }: RedisConnection,
  keys: RedisKeys,
  { time, testTime }: StoreTime,
  windowMs: (pipeline: string) => number,
): JoinStore {
  async function join(pipeline: string, key: string, what: string, ...args: readonly (string | number)[]) {
    const reply = await run(SCRIPTS.join, keys.join(pipeline, key), [what, testTime(), ...args]);
    return reply === null ? undefined : rowOf(reply as Reply);
  }

  return {
    async putObservation(half) {
      const { pipeline, key, y, ...observation } = half;
      const { recordedTime } = half;
      const label = y === undefined ? "" : JSON.stringify({ y, eventId: "", recordedTime } satisfies StoredLabel);
      const times = [recordedTime, windowMs(pipeline)] as const;
      const row = await join(pipeline, key, "observation", ...times, JSON.stringify(observation), label);
      return observed(half, row as Row);
    },
    async putLabel(half) {
      const { pipeline, key, ...label } = half;
      const times = [half.recordedTime, windowMs(pipeline)] as const;
      const row = await join(pipeline, key, "label", ...times, JSON.stringify(label satisfies StoredLabel));
      return told(half, row as Row);
    },
    async putServed(pipeline, key, served) {
      const row = await join(pipeline, key, "served", JSON.stringify(served));
      return row?.served ?? served;
    },
    async read(pipeline, key) {
      const row = await join(pipeline, key, "read");
      if (row === undefined) return undefined;
      const { observation, label, served, expires } = row;
      return {
        ...(observation === undefined ? {} : { observation: { key, ...observation } }),
        ...(label === undefined ? {} : { y: label.y, labelledTime: label.recordedTime }),
        ...(served === undefined ? {} : { served }),
        expiresAt: expires,
      };
    },
    async counts(pipeline) {
      const [now, ...hashes] = await Promise.all([
        time(),
        ...keys.joinCounts(pipeline).map((key) => call("HGETALL", key)),
      ]);
      // An hour has expired when its last record has.
      const expired = Math.floor((now - windowMs(pipeline)) / HOUR_MS);
      return countsOf(hashes as string[][], expired);
    },
  };
}

/** As join.lua answers; "" for what is not there. */
type Reply = readonly [
  expires: number,
  labelFirst: number,
  observation: string,
  label: string,
  unserved: number,
  served: string,
];

function rowOf([expires, labelFirst, observation, label, unserved, served]: Reply): Row {
  return {
    expires,
    labelFirst: labelFirst === 1,
    ...(observation === "" ? {} : { observation: JSON.parse(observation) }),
    ...(label === "" ? {} : { label: JSON.parse(label) }),
    unserved: unserved === 1,
    ...(served === "" ? {} : { served: JSON.parse(served) }),
  };
}

/** J1: an observation that came first never gains a label it did not bear. */
function observed(half: ObservationHalf, { observation, label, labelFirst }: Row): ObservationAnswer {
  const { source, id, set, x, time, recordedTime } = observation as StoredObservation;
  if (source !== half.source || id !== half.id) return { outcome: "subject-taken", source, id };
  const conflict = labelFirst && half.y !== undefined && half.y !== label?.y;
  const answer = { outcome: "stored", set, x, time, recordedTime, conflict } as const;
  const known = label !== undefined && (labelFirst || label.eventId === "");
  return known ? { ...answer, y: label.y } : answer;
}

/** J1: a label that came first goes on waiting; one that completed the join completes it again. */
function told(half: LabelHalf, row: Row): LabelAnswer {
  const first = row.label as StoredLabel;
  if (first.eventId !== half.eventId) {
    return first.y === half.y ? { outcome: "duplicate" } : { outcome: "conflict", first: first.y };
  }
  if (row.labelFirst || row.observation === undefined) return { outcome: "waiting" };
  return { outcome: "joined", example: joined(row.observation, row, first.y) };
}

function joined({ set, time, recordedTime, learnedId, x }: StoredObservation, row: Row, y: Target): Joined {
  const example = { set, time, recordedTime, learnedId, x, y };
  return row.served === undefined || row.unserved ? example : { ...example, served: row.served };
}

/** `slots`: of each its hours, and behind each hour "opened,joined,waiting,met". */
function countsOf(slots: readonly (readonly string[])[], expired: number): JoinCounts {
  const sum = { opened: 0, joined: 0, expiredUnlabelled: 0, orphanedLabels: 0 };
  for (const hours of slots) {
    for (let i = 0; i < hours.length; i += 2) {
      const hour = Number(hours[i]);
      if (hour < expired - KEPT_HOURS) continue;
      const [opened = 0, joined = 0, waiting = 0, met = 0] = (hours[i + 1] ?? "").split(",").map(Number);
      sum.opened += opened;
      sum.joined += joined;
      if (hour >= expired) continue;
      sum.expiredUnlabelled += opened - joined;
      sum.orphanedLabels += waiting - met;
    }
  }
  return sum;
}
