import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRepeat, type Outgoing, withLateLabels } from "../../late-labels.ts";
import { generateExamples } from "../generator.ts";
import { type AppSessionsOptions, appSessions, sessionRows } from "./app-sessions.ts";

const OPTIONS: AppSessionsOptions = { n: 4000, users: 200, seed: 1 };
const MINUTE_MS = 60_000;

interface Session {
  readonly user: string;
  readonly device: string;
  readonly start: number;
  readonly sinceLast: number | null;
  /** Minutes; undefined where the label is lost. */
  readonly minutes: number | undefined;
  readonly sent: number;
}

/** As in a row. */
type Written = Pick<Session, "user" | "device" | "sinceLast"> & {
  readonly start: string;
  readonly sent: string;
  readonly minutes: number | null;
};

function sessions(options: Partial<AppSessionsOptions> = {}): Session[] {
  return [...sessionRows({ ...OPTIONS, ...options })].map(({ fields }) => {
    const { user, device, start, sinceLast, minutes, sent } = fields as Written;
    return { user, device, sinceLast, minutes: minutes ?? undefined, start: Date.parse(start), sent: Date.parse(sent) };
  });
}

async function sent(options: Partial<AppSessionsOptions> = {}): Promise<Outgoing[]> {
  const examples = generateExamples(appSessions, { ...OPTIONS, ...options }, { source: "/phones" });
  const all: Outgoing[] = [];
  for await (const outgoing of withLateLabels(examples)) all.push(outgoing);
  return all;
}

function byUser(all: readonly Session[]): Map<string, Session[]> {
  return Map.groupBy(all, ({ user }) => user);
}

/** The mean of the logarithm of the lengths; undefined where there are fewer than `least`. */
function habit(of: readonly Session[] | undefined, least = 6): number | undefined {
  const logs = (of ?? []).flatMap(({ minutes }) => (minutes === undefined ? [] : [Math.log(minutes)]));
  return logs.length < least ? undefined : logs.reduce((sum, log) => sum + log, 0) / logs.length;
}

function correlation(pairs: readonly (readonly [number, number])[]): number {
  const mean = (i: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[i], 0) / pairs.length;
  const [a, b] = [mean(0), mean(1)];
  const sum = (of: (pair: readonly [number, number]) => number) => pairs.reduce((total, pair) => total + of(pair), 0);
  return sum(([x, y]) => (x - a) * (y - b)) / Math.sqrt(sum(([x]) => (x - a) ** 2) * sum(([, y]) => (y - b) ** 2));
}

/** Five standard deviations of a share of n. */
const five = (share: number, n: number) => 5 * Math.sqrt((share * (1 - share)) / n);

const anyOptions = fc.record({
  seed: fc.nat(),
  users: fc.integer({ min: 1, max: 60 }),
  n: fc.integer({ min: 1, max: 300 }),
  thenAt: fc.integer({ min: 1, max: 300 }),
});

test("a user has one session at a time, always on the same phone, and the time since the last one is told", () => {
  fc.assert(
    fc.property(anyOptions, (options) => {
      for (const all of byUser(sessions({ ...options, lost: 0 })).values()) {
        let end: number | undefined;
        for (const { start, sinceLast, minutes = 0, device } of all) {
          expect(device).toBe(all[0]?.device);
          if (end === undefined) expect(sinceLast).toBeNull();
          else {
            expect(start).toBeGreaterThanOrEqual(end);
            expect(sinceLast).toBeCloseTo((start - end) / MINUTE_MS, 0);
          }
          end = start + minutes * MINUTE_MS;
        }
      }
    }),
    { numRuns: 50 },
  );
});

test("a label is never sent before its session has ended", () => {
  fc.assert(
    fc.property(anyOptions, (options) => {
      for (const { start, sent: label, minutes = 0 } of sessions(options)) {
        expect(label).toBeGreaterThanOrEqual(start + minutes * MINUTE_MS);
      }
    }),
    { numRuns: 50 },
  );
});

test("users differ: one stays long every time, another never does", () => {
  const all = [...byUser(sessions({ n: 10_000 })).values()];
  const halves = all.map((of) => [
    habit(of.filter((_one, i) => i % 2 === 0)),
    habit(of.filter((_one, i) => i % 2 === 1)),
  ]);
  const pairs = halves.filter((pair): pair is [number, number] => pair.every((one) => one !== undefined));

  expect(pairs.length).toBeGreaterThan(100);
  expect(correlation(pairs)).toBeGreaterThan(0.7);
  const counts = all.map(({ length }) => length);
  expect(Math.max(...counts)).toBeGreaterThan(4 * Math.min(...counts));
});

describe("what phones send", () => {
  test("what comes twice is the same event with the same source and id, and nothing else has its id", async () => {
    const all = await sent();
    const seen = new Map<string, Outgoing>();

    for (const outgoing of all) {
      const name = `${outgoing.event.source} ${outgoing.event.id}`;
      const first = seen.get(name);
      expect(isRepeat(outgoing)).toBe(first !== undefined);
      if (first !== undefined) expect(outgoing.event).toBe(first.event);
      seen.set(name, outgoing);
    }
    const repeats = all.filter(isRepeat);
    expect(new Set(repeats.map(({ event }) => event.type))).toEqual(
      new Set(["dev.wadi.observation", "dev.wadi.label"]),
    );
    expect(repeats.length / seen.size).toBeGreaterThan(0.03 - five(0.03, seen.size));
    expect(repeats.length / seen.size).toBeLessThan(0.03 + five(0.03, seen.size));
  });

  test("some labels never come: a share that can be said", async () => {
    const lost = (options: Partial<AppSessionsOptions> = {}) =>
      sessions(options).filter(({ minutes }) => minutes === undefined).length / 4000;

    expect(Math.abs(lost() - 0.04)).toBeLessThan(five(0.04, 4000));
    expect(Math.abs(lost({ lost: 0.3 }) - 0.3)).toBeLessThan(five(0.3, 4000));
    expect(lost({ lost: 0 })).toBe(0);
    const labels = new Set((await sent({ lost: 0.3 })).filter(({ event }) => event.type.endsWith("label")));
    expect(new Set([...labels].map(({ event }) => event.id)).size).toBe(Math.round(4000 * (1 - lost({ lost: 0.3 }))));
  });

  test("other shares leave the sessions as they are", () => {
    const plain = (options: Partial<AppSessionsOptions>) =>
      sessions(options).map(({ user, start, sent: label }) => [user, start, label]);

    expect(plain({ lost: 0.5, twice: 0.5 })).toEqual(plain({ lost: 0, twice: 0 }));
  });

  test("labels come minutes to hours after the start, and not in the order in which the sessions ended", () => {
    const all = sessions({ lost: 0 });
    const waits = all.map(({ start, sent: label }) => (label - start) / MINUTE_MS).sort((a, b) => a - b);
    const ends = [...all].sort((a, b) => a.sent - b.sent).map(({ start, minutes = 0 }) => start + minutes * MINUTE_MS);
    const early = ends.filter((end, i) => i > 0 && end < (ends[i - 1] as number));

    expect(waits[0]).toBeLessThan(3);
    expect(waits.at(-1)).toBeGreaterThan(5 * 60);
    expect(early.length).toBeGreaterThan(0.02 * all.length);
  });
});

describe("the change of the population", () => {
  const AT = 5001;
  const changed = sessions({ n: 10_000, thenAt: AT });

  test("begins with its session, and what was before is as without it", () => {
    const never = sessions({ n: 10_000 });

    expect(changed.slice(0, AT - 1)).toEqual(never.slice(0, AT - 1));
    expect(changed[AT - 1]).not.toEqual(never[AT - 1]);
  });

  test("who stayed long is soon done, and the other way round; without it habits stay", () => {
    const both = (all: readonly Session[]) => {
      const [before, after] = [byUser(all.slice(0, AT - 1)), byUser(all.slice(AT - 1))];
      return [...before].flatMap(([user, of]): [number, number][] => {
        const [was, is] = [habit(of), habit(after.get(user))];
        return was === undefined || is === undefined ? [] : [[was, is]];
      });
    };

    expect(correlation(both(changed))).toBeLessThan(-0.6);
    expect(correlation(both(sessions({ n: 10_000 })))).toBeGreaterThan(0.6);
  });

  test("about a fifth of the users are new", () => {
    const known = new Set(changed.slice(0, AT - 1).map(({ user }) => user));
    const later = new Set(changed.slice(AT - 1).map(({ user }) => user));
    const added = [...later].filter((user) => !known.has(user)).length;

    // 200 users.
    expect(Math.abs(added / later.size - 0.2)).toBeLessThan(five(0.2, 200));
  });

  test("lengths as such are what they were: the rows tell of it only who knows the user", () => {
    const mean = (of: readonly Session[]) => habit(of) as number;

    expect(Math.abs(mean(changed.slice(0, AT - 1)) - mean(changed.slice(AT - 1)))).toBeLessThan(0.25);
  });
});
