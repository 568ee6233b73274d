// Whatever clients, subscribers and the machine do: what was accepted is settled, once.

import { cpSync, existsSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../clock.ts";
import type { Event } from "../../events/vocabulary.ts";
import type { SyncLog } from "../../write-ahead-log.ts";
import type { Answer, Broker, Trigger } from "../broker.ts";
import { accepted, eventOf, journalFile, lagOf, quiet, replyTo, triggerOf } from "../broker-under-test.contract.ts";
import { openEmbeddedBroker } from "./embedded.ts";
import { openJournalFile } from "./journal-file.ts";

type Kind = "handled" | "reply" | "503" | "422" | "throws" | "rejects" | "silent";

/** What one attempt comes to, after so many turns of the event loop. */
interface Attempt {
  readonly kind: Kind;
  readonly turns: number;
}

type Step =
  | { readonly do: "publish"; readonly count: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "turns"; readonly count: number }
  | { readonly do: "stop" | "kill" };

interface Plan {
  readonly orders: readonly [Trigger["order"], Trigger["order"]];
  readonly concurrency: number;
  readonly retry: number;
  /** By event and attempt, over all lives of the broker; what is not there is a reply. */
  readonly answers: readonly (readonly Attempt[])[];
  readonly steps: readonly Step[];
  /** Turns of the event loop after which the disk answers. */
  readonly disk: number;
}

const order = fc.constantFrom("ordered" as const, "unordered" as const);
const attempt: fc.Arbitrary<Attempt> = fc.record({
  kind: fc.constantFrom<Kind>("handled", "reply", "503", "422", "throws", "rejects", "silent"),
  turns: fc.nat(3),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("publish" as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 31_000 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("turns" as const), count: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("stop" as const, "kill" as const) }) },
);
const plan: fc.Arbitrary<Plan> = fc.record({
  orders: fc.tuple(order, order),
  concurrency: fc.integer({ min: 1, max: 5 }),
  retry: fc.nat(2),
  answers: fc.array(fc.array(attempt, { maxLength: 4 }), { minLength: 7, maxLength: 7 }),
  steps: fc.array(step, { minLength: 3, maxLength: 25 }),
  disk: fc.nat(4),
});

interface Life {
  readonly broker: Broker;
  readonly clock: ManualClock;
  readonly path: string;
  over: boolean;
}

function answeringAfter(turns: number): SyncLog {
  return (_fd, done) => {
    let left = turns;
    const turn = () => (left-- === 0 ? done(null) : setImmediate(turn));
    setImmediate(turn);
  };
}

/** Events of type `a` go to `first`, its replies of type `b` to `second`, whose replies nobody takes. */
class World {
  readonly accepted: string[] = [];
  /** Ids that a trigger was answered for without a reply. */
  readonly handled = { first: new Set<string>(), second: new Set<string>() };
  /** By life and trigger, the ids handed out. */
  readonly handedOut: { first: string[]; second: string[] }[] = [];
  readonly #plan: Plan;
  readonly #attempts = new Map<string, number>();
  #published = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async open(path: string): Promise<Life> {
    const clock = manualClock();
    const handedOut = { first: [], second: [] };
    const { orders, concurrency, retry, disk } = this.#plan;
    const delivery = { retry, backoffPolicy: "linear", backoffDelay: "PT1S", timeout: "PT30S" } as const;
    const trigger = (name: "first" | "second", type: string, order: Trigger["order"]) => ({
      trigger: triggerOf({ name, filters: [{ exact: { type } }], order, concurrency, delivery }),
      subscriber: { destination: name, deliver: (event: Event) => this.#deliver(life, name, event) },
    });
    const triggers = [trigger("first", "a", orders[0]), trigger("second", "b", orders[1])];
    this.handedOut.push(handedOut);
    const broker = await openEmbeddedBroker({ path, clock, triggers, graceMs: 0, sync: answeringAfter(disk) });
    const life: Life = { broker, clock, path, over: false };
    return life;
  }

  /** Each is accepted once its promise says so, if the process lives to hear it. */
  publish(life: Life, count: number): void {
    for (let i = 0; i < count; i++) {
      const id = String(this.#published++);
      void life.broker.publish(eventOf(id)).then(
        () => life.over || this.accepted.push(id),
        () => undefined,
      );
    }
  }

  #deliver(life: Life, name: "first" | "second", event: Event): Promise<Answer> {
    if (life.over) return new Promise(() => {});
    const key = `${name}/${event.id}`;
    const number = this.#attempts.get(key) ?? 0;
    this.#attempts.set(key, number + 1);
    this.handedOut.at(-1)?.[name].push(event.id);
    const answers = this.#plan.answers[(Number(event.id) * 2 + (name === "first" ? 0 : 1)) % 7] ?? [];
    const { kind, turns } = answers[number] ?? { kind: "reply", turns: 0 };
    if (kind === "throws") throw new Error("a subscriber that throws at once");
    return (async () => {
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (kind === "silent") await new Promise(() => {});
      if (kind === "rejects") throw new Error("connection refused");
      if (kind === "reply") return { status: 200, event: replyTo(event, name === "first" ? "b" : "c") };
      if (kind !== "handled") return { status: Number(kind) };
      this.handled[name].add(event.id);
      return accepted;
    })();
  }
}

async function stop(life: Life): Promise<void> {
  const stopped = life.broker.stop();
  life.clock.advance(0);
  await stopped;
}

/** The file as kill -9 leaves it: what is on disk now, and nothing that the process still wants to do. */
async function kill(life: Life): Promise<string> {
  life.over = true;
  const copy = `${life.path}+`;
  for (const suffix of ["", "-wal"]) {
    if (existsSync(life.path + suffix)) cpSync(life.path + suffix, copy + suffix);
  }
  await stop(life);
  return copy;
}

async function run(plan: Plan): Promise<{ world: World; path: string }> {
  const world = new World(plan);
  let life = await world.open(journalFile());
  for (const step of plan.steps) {
    if (step.do === "publish") world.publish(life, step.count);
    else if (step.do === "advance") life.clock.advance(step.ms);
    else if (step.do === "turns") for (let i = 0; i < step.count; i++) await new Promise((go) => setImmediate(go));
    else if (step.do === "kill") life = await world.open(await kill(life));
    else {
      await stop(life);
      life = await world.open(life.path);
    }
  }
  await quiet();
  while (lagOf(life.broker) > 0) {
    life.clock.advance(10_000);
    await quiet();
  }
  const letters = life.broker.status().deadLetters;
  await stop(life);
  expect(letters).toBe(rowsOf(life.path).letters.length);
  return { world, path: life.path };
}

interface Journalled {
  /** In the order of the log. */
  readonly ids: (type: string) => string[];
  readonly letters: readonly { readonly trigger: string; readonly id: string }[];
}

function rowsOf(path: string): Journalled {
  const db = openJournalFile(path);
  const idOf = ({ attributes }: Record<string, unknown>) => (JSON.parse(String(attributes)) as Event).id;
  const events = db.prepare("SELECT type, attributes FROM events ORDER BY seq").all();
  const letters = db.prepare("SELECT trigger, attributes FROM dead_letters ORDER BY number").all();
  db.close();
  return {
    ids: (type) => events.filter((row) => row["type"] === type).map(idOf),
    letters: letters.map((row) => ({ trigger: String(row["trigger"]), id: idOf(row) })),
  };
}

const inOrder = (ids: readonly string[]) =>
  ids
    .map(Number)
    .sort((a, b) => a - b)
    .map(String);

function mostOften(ids: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

/** For each trigger: what it takes, what it replies. */
const WAYS = [
  ["first", "a", "b"],
  ["second", "b", "c"],
] as const;

test("whatever is answered and whenever the process dies, every accepted event is settled once, and in order where order is asked for", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (plan) => {
      const { world, path } = await run(plan);

      const { ids, letters } = rowsOf(path);
      const log = ids("a");
      expect(log).toEqual(inOrder([...new Set(log)]));
      expect(log).toEqual(expect.arrayContaining(world.accepted));
      for (const [i, [name, taken, replied]] of WAYS.entries()) {
        const dead = letters.filter(({ trigger }) => trigger === name).map(({ id }) => id);
        const replies = ids(replied);
        const silent = ids(taken).filter((id) => !dead.includes(id) && !replies.includes(id));
        // A reply, a dead letter, or an answer without either: one of the three, and that once.
        expect([...new Set([...dead, ...replies])].length).toBe(dead.length + replies.length);
        expect([...world.handled[name]]).toEqual(expect.arrayContaining(silent));
        if (plan.orders[i] === "unordered") {
          for (const life of world.handedOut) expect(mostOften(life[name])).toBeLessThanOrEqual(plan.retry + 1);
          continue;
        }
        const position = new Map(ids(taken).map((id, i) => [id, i]));
        const rising = (some: readonly string[]) =>
          [...some].sort((a, b) => Number(position.get(a)) - Number(position.get(b)));
        expect(replies).toEqual(rising(replies));
        expect(dead).toEqual(rising(dead));
        for (const life of world.handedOut) expect([...new Set(life[name])]).toEqual(rising([...new Set(life[name])]));
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);
