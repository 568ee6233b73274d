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
import { NO_DELAYS, oldestDay } from "../join-delays.ts";
import type { JoinCounts, JoinStore, JoinWaits } from "../store.ts";
import type { RedisConnection } from "./connection.ts";
import { type Argument, createGroupedCalls } from "./grouped-calls.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";
import type { StoreTime } from "./time.ts";

/** As join.lua takes them: what, when it was recorded, milliseconds that a record lives, a text, another one. */
type JoinArguments = readonly [what: string, Argument, Argument, text: string, second: string];

interface Row extends JoinRow {
  readonly expires: number;
}

export function createRedisJoins(
  connection: RedisConnection,
  keys: RedisKeys,
  { time, testTime }: StoreTime,
  windowMs: (pipeline: string) => number,
): JoinStore {
  const { call, run, isCluster, onClose } = connection;
  const { send, sendAll } = createGroupedCalls(isCluster, (all, args) => {
    return run(SCRIPTS.join, all, [testTime(), ...args]) as Promise<readonly unknown[]>;
  });
  onClose(sendAll);
  const ask: (keys: readonly string[], args: JoinArguments) => Promise<unknown> = send;

  return {
    async putObservation(half) {
      const { pipeline, key, y, ...observation } = half;
      const { recordedTime } = half;
      const label = y === undefined ? undefined : ({ y, eventId: "", recordedTime } satisfies StoredLabel);
      const texts = [JSON.stringify(observation), label === undefined ? "" : JSON.stringify(label)] as const;
      const reply = await ask(keys.join(pipeline, key), ["observation", recordedTime, windowMs(pipeline), ...texts]);
      return observationAnswer(half, rowOf(reply as Reply, { observation, label }));
    },
    async putLabel(half) {
      const { pipeline, key, ...label } = half;
      const text = JSON.stringify(label satisfies StoredLabel);
      const times = [half.recordedTime, windowMs(pipeline)] as const;
      const reply = await ask(keys.join(pipeline, key), ["label", ...times, text, ""]);
      return labelAnswer(half, rowOf(reply as Reply, { label }));
    },
    async putServed(pipeline, key, served) {
      const text = JSON.stringify(served);
      const stored = (await ask(keys.join(pipeline, key), ["served", "", "", text, ""])) as Text | null;
      return stored === null || stored === "" ? served : shown(stored, served);
    },
    async read(pipeline, key) {
      const reply = (await ask(keys.join(pipeline, key), ["read", "", "", "", ""])) as Reply | null;
      if (reply === null) return undefined;
      const row = rowOf(reply, {});
      return { ...shownRow(key, row), expiresAt: row.expires };
    },
    async counts(pipeline) {
      const [now, slots] = await Promise.all([time(), hashes(keys.joinCounts(pipeline))]);
      return countsOf(hoursOf(slots, expiredHour(now, pipeline)), expiredHour(now, pipeline));
    },
    async waits(pipeline) {
      const asked = [hashes(keys.joinCounts(pipeline)), hashes(keys.joinDelays(pipeline))] as const;
      const [now, slots, delays] = await Promise.all([time(), ...asked]);
      const expired = expiredHour(now, pipeline);
      const hours = hoursOf(slots, expired);
      return {
        ...countsOf(hours, expired),
        ...waitingOf(hours, expired),
        delays: delaysOf(delays, oldestDay(expired - KEPT_HOURS)),
      };
    },
  };

  async function hashes(names: readonly string[]): Promise<readonly Fields[]> {
    return (await Promise.all(names.map((key) => call("HGETALL", key)))) as Fields[];
  }

  /** Hours before it have expired: an hour does when its last record has. */
  function expiredHour(now: number, pipeline: string): number {
    return Math.floor((now - windowMs(pipeline)) / HOUR_MS);
  }
}

/** JSON; "" for what is not there, 1 for what is just as it was given. */
type Text = string | typeof AS_GIVEN;
const AS_GIVEN = 1;

/** As join.lua answers. */
type Reply = readonly [
  expires: number,
  labelFirst: number,
  observation: Text,
  label: Text,
  unserved: number,
  served: string,
];

type Given = { readonly [Part in "observation" | "label"]?: JoinRow[Part] | undefined };

/** `given`: what was put. */
function rowOf([expires, labelFirst, observation, label, unserved, served]: Reply, given: Given): Row {
  return {
    expires,
    labelFirst: labelFirst === 1,
    ...(observation === "" ? {} : { observation: shown(observation, given.observation) }),
    ...(label === "" ? {} : { label: shown(label, given.label) }),
    unserved: unserved === 1,
    ...(served === "" ? {} : { served: JSON.parse(served) }),
  };
}

function shown<T>(text: Text, given: T | undefined): T {
  return text === AS_GIVEN ? (given as T) : JSON.parse(text);
}

/** Of a hash: names and values in turn. */
type Fields = readonly string[];

interface Hour {
  opened: number;
  joined: number;
  waiting: number;
  met: number;
}

/** `slots`: of each its hours, and behind each hour "opened,joined,waiting,met". Of all slots together, by hour. */
function hoursOf(slots: readonly Fields[], expired: number): ReadonlyMap<number, Hour> {
  const hours = new Map<number, Hour>();
  for (const fields of slots) {
    for (let i = 0; i < fields.length; i += 2) {
      const hour = Number(fields[i]);
      if (hour < expired - KEPT_HOURS) continue;
      const [opened = 0, joined = 0, waiting = 0, met = 0] = (fields[i + 1] ?? "").split(",").map(Number);
      const sum = hours.get(hour);
      if (sum === undefined) hours.set(hour, { opened, joined, waiting, met });
      else {
        sum.opened += opened;
        sum.joined += joined;
        sum.waiting += waiting;
        sum.met += met;
      }
    }
  }
  return hours;
}

function countsOf(hours: ReadonlyMap<number, Hour>, expired: number): JoinCounts {
  const sum = { opened: 0, joined: 0, expiredUnlabelled: 0, orphanedLabels: 0 };
  for (const [hour, { opened, joined, waiting, met }] of hours) {
    sum.opened += opened;
    sum.joined += joined;
    if (hour >= expired) continue;
    sum.expiredUnlabelled += opened - joined;
    sum.orphanedLabels += waiting - met;
  }
  return sum;
}

function waitingOf(hours: ReadonlyMap<number, Hour>, expired: number): Pick<JoinWaits, "waiting" | "waitingLabels"> {
  const alive = [...hours].filter(([hour]) => hour >= expired).sort(([a], [b]) => a - b);
  return {
    waiting: alive.flatMap(([hour, { opened, joined }]) =>
      opened > joined ? [{ hour: hour * HOUR_MS, observations: opened - joined }] : [],
    ),
    waitingLabels: alive.reduce((sum, [, { waiting, met }]) => sum + Math.max(0, waiting - met), 0),
  };
}

/** `slots`: of each its "day:bin", and behind it how many. */
function delaysOf(slots: readonly Fields[], oldest: number): readonly number[] {
  const bins = [...NO_DELAYS];
  for (const fields of slots) {
    for (let i = 0; i < fields.length; i += 2) {
      const [day = 0, bin = 0] = (fields[i] ?? "").split(":").map(Number);
      const counted = bins[bin];
      // Another Wadi may have more bins.
      if (day >= oldest && counted !== undefined) bins[bin] = counted + Number(fields[i + 1]);
    }
  }
  return bins;
}
