// What every transformer and predictor keeps, L1 to L4 of learner.ts, tried with all its options.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Target } from "../events/vocabulary.ts";
import {
  type ChainContext,
  type LearnerType,
  NonFiniteError,
  type OpenPredictor,
  type OpenTransformer,
  type State,
  type Vector,
} from "./learner.ts";
import { accepts, NAMED, type Options, optionsToTry } from "./options.contract.ts";
import { StateBudget } from "./state-budget.ts";
import type { Task } from "./task.ts";

export interface Example {
  readonly x: Vector;
  readonly y: Target;
}

export type Live = OpenTransformer<State> | OpenPredictor<State>;

export const HOSTILE = ["__proto__", "constructor", "toString", "hasOwnProperty", "", " ", "größe", "💧", "0"];
const PLAIN = HOSTILE.map((_, i) => `plain${i}`);
const INDICATOR = "is_wet";
export const context: ChainContext = { isIndicator: (name) => name === INDICATOR };
const RUNS = 50;

export const targets: Readonly<Record<Task, fc.Arbitrary<Target>>> = {
  regression: fc.double({ min: -1000, max: 1000, noNaN: true }),
  binary: fc.boolean(),
  multiclass: fc.constantFrom(...HOSTILE),
  anomaly: fc.constant(false),
};

export function learnerContract(type: LearnerType): void {
  const tried = optionsToTry(type, context);
  const tasks: readonly Task[] = type.tasks ?? ["regression", "binary"];

  /** Tries a property with all options and every task. */
  function always(check: (options: Options, examples: readonly Example[], others: readonly Example[]) => void): void {
    for (const options of tried) {
      for (const task of tasks) {
        const examples = examplesFor(type, options, task);
        const property = fc.property(fc.constant(options), examples, examples, check);
        fc.assert(property, { numRuns: Math.ceil(RUNS / (tried.length * tasks.length)) });
      }
    }
  }

  const make = (options: Options) => type.create(options, context);
  const start = (options: Options): Live => reopened(options, make(options).init());
  const reopened = (options: Options, state: State): Live => make(options).open(state);
  const learned = (options: Options, examples: readonly Example[]): State => learn(start(options), examples).close();

  describe(`${type.name}, a ${type.role}`, () => {
    test("is what it says it is, and refuses options it does not know", () => {
      expect(tried.length).toBeGreaterThan(0);
      for (const options of tried) {
        expect(make(options).role).toBe(type.role);
        expect(accepts(type, { ...options, noSuchOption: 1 })).toBe(false);
      }
      expect(type.role === "predictor").toBe(type.tasks !== undefined);
    });

    test("has a state that is plain JSON with a schema number, before and after learning", () => {
      always((options, examples) => {
        for (const state of [make(options).init(), learned(options, examples)]) {
          expect(Number.isInteger(state.schema)).toBe(true);
          expectPlain(state);
        }
      });
    });

    test("copies the state it is opened from, and hands out one of its own", () => {
      always((options, examples) => {
        const given = frozen(learned(options, examples));
        const before = text(given);

        const live = learn(reopened(options, given), examples);
        const closed = live.close();
        const after = text(closed);
        spoil(closed);

        expect(text(given)).toBe(before);
        expect(text(live.close())).toBe(after);
      });
    });

    test("keeps no list of an example: what becomes of it after the call changes nothing", () => {
      always((options, examples) => {
        const live = start(options);

        for (const { x, y } of examples) {
          const values = x.values.slice();
          learn(live, [{ x: { names: x.names, values }, y }]);
          ask(live, { names: x.names, values });
          values.fill("spoilt");
        }

        expect(text(live.close())).toBe(text(learned(options, examples)));
      });
    });

    test("closes with the state it was opened from, JSON or not", () => {
      always((options, examples) => {
        const state = learned(options, examples);

        const closed = reopened(options, state).close();
        const closedFromJson = reopened(options, JSON.parse(text(state))).close();

        expect(text(closed)).toBe(text(state));
        expect(text(closedFromJson)).toBe(text(state));
      });
    });

    test("learns the same from the same examples, in one session or in two with JSON between, to the bit", () => {
      always((options, examples) => {
        const half = Math.floor(examples.length / 2);

        const once = learned(options, examples);
        const again = learned(options, examples);
        const firstHalf = JSON.parse(text(learned(options, examples.slice(0, half))));
        const inTwo = learn(reopened(options, firstHalf), examples.slice(half));

        expect(text(again)).toBe(text(once));
        expect(text(inTwo.close())).toBe(text(once));
        for (const { x } of examples) expect(text(ask(inTwo, x))).toBe(text(ask(reopened(options, once), x)));
      });
    });

    test("is not changed by being asked", () => {
      always((options, examples, others) => {
        const asked = start(options);

        for (const example of examples) {
          for (const { x } of others) ask(asked, x);
          learn(asked, [example]);
        }

        expect(text(asked.close())).toBe(text(learned(options, examples)));
      });
    });

    test("keeps no name for which its budget has no room, and learns and answers without it", () => {
      always((options, examples, others) => {
        const known = learned(options, examples);
        const full = make(options).open(known, new StateBudget(0)) as Live;

        expect(() => learn(full, others)).not.toThrow();

        const after = full.close();
        expect(namesIn(after)).toEqual(namesIn(known));
        for (const { x } of others) expect(text(ask(full, x))).toBe(text(ask(reopened(options, after), x)));
      });
    });

    if (type.isSpelling !== true) {
      test("takes names that JavaScript uses itself as names like any other", () => {
        const plain = ({ x, y }: Example) => ({ x: renamed(x) as Vector, y: renamed(y) as Target });
        always((options, examples) => {
          const hostile = learn(start(options), examples);
          const tame = learn(start(options), examples.map(plain));

          for (const example of examples) {
            expect(text(renamed(ask(hostile, example.x)))).toBe(text(renamed(ask(tame, plain(example).x))));
          }
        });
      });
    }

    test("names no feature twice in what it hands on", () => {
      always((options, examples) => {
        const live = learn(start(options), examples);
        if ("predictOne" in live) return;

        for (const { x } of examples) {
          const { names, values } = live.transformOne(x);
          expect(new Set(names).size).toBe(names.length);
          expect(values.length).toBe(names.length);
        }
      });
    });

    test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [1.7e308], [-1.7e308], ["text"]])(
      "throws NonFiniteError rather than keep what a feature of %s makes of its state",
      (bad) => {
        always((options, examples) => {
          const live = start(options);

          const sound = examples.every(({ x, y }, i) => {
            const values = x.values.map((value) => (typeof value === "number" ? now(i, value, bad) : value));
            return learns(live, { names: x.names, values }, y);
          });

          if (sound) expectPlain(live.close());
        });
      },
    );

    test.each([[Number.NaN], [Number.NEGATIVE_INFINITY], [1.7e308], [-1.7e308], ["5"], [true]])(
      "throws NonFiniteError rather than keep what a target of %s makes of its state",
      (bad) => {
        always((options, examples) => {
          const live = start(options);

          const sound = examples.every(({ x, y }, i) => learns(live, x, now(i, y, bad)));

          if (sound) expectPlain(live.close());
        });
      },
    );

    const supervised = tried.map(make).some((part) => part.role === "transformer" && part.supervised);
    if (supervised || type.tasks?.includes("regression")) {
      const wrong: Target[] = [Number.NaN, Number.POSITIVE_INFINITY, "5", ...(supervised ? [] : [true])];
      test.each(wrong.map((bad) => [bad]))("learns nothing from a target of %s", (bad) => {
        always((options, examples, others) => {
          const state = learned(options, examples);

          for (const { x } of others) {
            const live = reopened(options, state);
            if (learns(live, x, bad)) expect(text(live.close())).toBe(text(state));
          }
        });
      });
    }
  });
}

/** Examples whose features come and go; text only where it is taken. */
export function examplesFor(type: LearnerType, options: Options, task: Task): fc.Arbitrary<Example[]> {
  const taken = type.takesText?.(options) ?? [];
  const isText = (name: string) => (taken === "all" ? name === NAMED : taken.includes(name));
  const names = [...new Set([...HOSTILE, INDICATOR, NAMED, ...(taken === "all" ? [] : taken)])];
  const value = (name: string) =>
    isText(name) ? fc.constantFrom(...HOSTILE) : fc.double({ min: -100, max: 100, noNaN: true });
  const vector = fc
    .shuffledSubarray(names)
    .chain((some) => fc.tuple(...some.map(value)).map((values): Vector => ({ names: some, values })));
  return fc.array(fc.record({ x: vector, y: targets[task] }), { maxLength: 20 });
}

export function learn(live: Live, examples: readonly Example[]): Live {
  for (const { x, y } of examples) live.learnOne(x, y);
  return live;
}

/** By turns what is good, what is bad, and what is bad with the other sign. */
function now<T extends Target>(turn: number, good: T, bad: T): T {
  if (turn % 3 === 0) return good;
  return turn % 3 === 1 || typeof bad !== "number" ? bad : (-bad as T);
}

/** False where the learner refuses the example as it should. */
function learns(live: Live, x: Vector, y: Target): boolean {
  try {
    live.learnOne(x, y);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(NonFiniteError);
    return false;
  }
}

/** What it predicts, or hands on. */
export function ask(live: Live, x: Vector): unknown {
  return "predictOne" in live ? live.predictOne(x) : live.transformOne(x);
}

/** Every text in a state is a name of something, but for a window: the base64 of its numbers. */
function namesIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => (key === "window" ? [] : namesIn(child)));
}

/** Equal texts are equal values to the bit, but for the sign of 0. */
const text = (value: unknown) => JSON.stringify(value);

/** A plain value in which every hostile name has become a plain one. Members are sorted: JavaScript puts the name `0` first. */
function renamed(value: unknown): unknown {
  if (typeof value === "string") {
    if (value.startsWith(`${NAMED}_`)) return `${NAMED}_${renamed(value.slice(NAMED.length + 1))}`; // one-hot
    return HOSTILE.includes(value) ? PLAIN[HOSTILE.indexOf(value)] : value;
  }
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([key, child]): [string, unknown] => [
    renamed(key) as string,
    renamed(child),
  ]);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function expectPlain(value: unknown, path = "state"): void {
  expect(notPlain(value, path)).toBeUndefined();
}

/** The first place that is no plain JSON, or no finite number. A state has thousands of them, and `expect` takes its time. */
function notPlain(value: unknown, path: string): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  if (typeof value !== "object" || value === null)
    return value === null || typeof value === "string" || typeof value === "boolean" ? undefined : `${path} is no JSON`;
  if (![Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value))) return `${path} is no plain value`;
  for (const [key, child] of Object.entries(value)) {
    const found = notPlain(child, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

/** Overwrites every number and text of a plain value. */
function spoil(value: object): void {
  for (const [key, child] of Object.entries(value)) {
    if (typeof child === "object" && child !== null) spoil(child);
    else (value as Record<string, unknown>)[key] = "spoilt";
  }
}
