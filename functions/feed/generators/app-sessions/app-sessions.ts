// Sessions of an app on phones: what is known at the start of each, and how long it lasted, which is known when it has ended.
//
// The phones behave as phones do. A session's length is sent when it has ended, minutes to hours after its start, and later
// still where the phone has no network then: so labels come out of order. Some are never sent. Some events are sent twice, since
// their answer was lost. Nothing comes before it has happened.

import { DAY_MS, HOUR_MS } from "../../../lib/duration.ts";
import type { Random } from "../../../lib/random.ts";
import { createDueQueue } from "../../due-queue.ts";
import type { Row } from "../../rows/row.ts";
import { exponential, seededRandom } from "../chance.ts";
import type { RowGenerator } from "../generator.ts";
import { activity, drawMinutes, drawStart } from "./session.ts";
import { drawUser, type User } from "./users.ts";

export interface AppSessionsOptions {
  /** Sessions; absent: without end. */
  readonly n?: number;
  readonly users: number;
  /** Of the sessions; the users are the same with every seed. */
  readonly seed: number;
  /** From this session on (from 1) the population is another; absent: never. */
  readonly thenAt?: number;
  /** The share of labels that are never sent. */
  readonly lost?: number;
  /** The share of events that are sent twice. */
  readonly twice?: number;
}

export const DEFAULT_USERS = 1000;
export const LOST = 0.04;
export const TWICE = 0.03;

/** What changes, for people. */
export const CHANGE =
  "a fifth of the users are new, who stayed long is soon done (and the other way round), and mornings last longer than evenings";

export const appSessions: RowGenerator<AppSessionsOptions> = {
  pipeline: "app-sessions",
  target: "minutes",
  plan: { time: "start", late: { target: "minutes", delay: { kind: "column", name: "sent" } } },
  rows: sessionRows,
};

/** A Monday. */
const BEGUN = Date.UTC(2023, 5, 5);
const MINUTE_MS = 60_000;

interface Life {
  user: User;
  /** Epoch milliseconds; undefined before the first session. */
  lastEnd?: number;
}

export function* sessionRows(options: AppSessionsOptions): Generator<Row, void, void> {
  const { n = Number.POSITIVE_INFINITY, users, seed, thenAt = Number.POSITIVE_INFINITY } = options;
  const random = seededRandom(seed);
  const next = createDueQueue<Life>();
  for (let number = 1; number <= users; number++) {
    const user = drawUser(number);
    next.put(nextStart(user, BEGUN, random), { user });
  }
  let known = users;
  for (let number = 1; number <= n; number++) {
    const at = next.due();
    const life = next.take();
    const changed = number >= thenAt;
    if (changed && life.user.leaves) {
      life.user = { ...drawUser(++known), leaves: false };
      delete life.lastEnd;
    }
    const start = drawStart(life.user, at, BEGUN, life.lastEnd, random);
    const minutes = drawMinutes(life.user, start, changed, random);
    life.lastEnd = at + minutes * MINUTE_MS;
    next.put(nextStart(life.user, life.lastEnd, random), life);
    yield rowOf(number, life, start, minutes, options, random);
  }
}

/** Later than `from`, by whole milliseconds. */
function nextStart(user: User, from: number, random: Random): number {
  // Of a mean activity of about 0.36 as many are left as the user has in a day.
  const mean = (0.36 * DAY_MS) / user.perDay;
  for (let at = from; ; ) {
    at += exponential(random, mean);
    if (random() < activity(user, at)) return Math.ceil(at) + 1;
  }
}

function rowOf(
  number: number,
  { user, lastEnd = 0 }: Life,
  { at, ...start }: ReturnType<typeof drawStart>,
  minutes: number,
  { lost = LOST, twice = TWICE }: AppSessionsOptions,
  random: Random,
): Row {
  const { id, platform, device } = user;
  // Always as many draws, so that other shares leave the sessions as they are.
  const away = random() < user.offline ? exponential(random, 1.5 * HOUR_MS) : exponential(random, 5_000);
  const isLost = random() < lost;
  const sent = Math.ceil(lastEnd + away);
  const again = (from: number) => {
    const [share, long, wait] = [random(), random() < 0.2, exponential(random, 1)];
    return share < twice ? Math.ceil(from + wait * (long ? 3 * HOUR_MS : 40_000)) : undefined;
  };
  const [observation, label] = [again(at), again(sent)];
  const fields = {
    user: id,
    start: new Date(at).toISOString(),
    platform,
    device,
    ...start,
    minutes: isLost ? null : minutes,
    sent: new Date(sent).toISOString(),
  };
  return {
    number,
    text: JSON.stringify(fields),
    fields,
    again: {
      ...(observation !== undefined && { observation }),
      ...(label !== undefined && !isLost && { label }),
    },
  };
}
