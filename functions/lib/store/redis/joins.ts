// The JoinStore in Redis. What a put reads and writes is in join.lua; an answer is read off the row as the put left it, by the
// rules of join-answers.ts.

import { HOUR_MS } from "../../duration.ts";
import {
  type JoinRow,
  KEPT_HOURS,
  labelAnswer,
  observationAnswer,
  type StoredLabel,
  shownRow,
} from "../join-answers.ts";
import type { JoinCounts, JoinStore } from "../store.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";
import type { StoreTime } from "./time.ts";

interface Row extends JoinRow {
  readonly expires: number;
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
      return observationAnswer(half, row as Row);
    },
    async putLabel(half) {
      const { pipeline, key, ...label } = half;
      const times = [half.recordedTime, windowMs(pipeline)] as const;
      const row = await join(pipeline, key, "label", ...times, JSON.stringify(label satisfies StoredLabel));
      return labelAnswer(half, row as Row);
    },
    async putServed(pipeline, key, served) {
      const row = await join(pipeline, key, "served", JSON.stringify(served));
      return row?.served ?? served;
    },
    async read(pipeline, key) {
      const row = await join(pipeline, key, "read");
      if (row === undefined) return undefined;
      return { ...shownRow(key, row), expiresAt: row.expires };
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
