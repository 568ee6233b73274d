// What the form of every transformer, predictor and metric keeps: F1 of state-form.ts, tried on states that were damaged at random.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UnavailableError } from "../errors.ts";
import { ask, context, type Example, examplesFor, expectPlain, type Live, learn } from "./learner.contract.ts";
import { type LearnerType, NonFiniteError, type State } from "./learner.ts";
import { type Options, optionsToTry } from "./options.contract.ts";
import { readState, type StateForm, UnsoundStateError } from "./state-form.ts";
import type { Task } from "./task.ts";

const RUNS = 150;
const EXTREME = [1.7e308, -1.7e308];

/** One change of a JSON value: where, as a number that is taken modulo all places, and what. */
export interface Damage {
  readonly at: number;
  readonly kind: "set" | "drop" | "add" | "repeat";
  readonly value: unknown;
}

const values = fc.constantFrom<unknown>(
  ...[null, true, "", "1", "__proto__", "AAAA", "AAAAAAAA+H8=", "AAAAAAAA8L8=", [], {}, [null], { schema: 1 }],
  ...[0, -1, 0.5, 1, 2, 2 ** 53, -(2 ** 53), ...EXTREME, Number.NaN, Number.POSITIVE_INFINITY],
);

export const damages: fc.Arbitrary<readonly Damage[]> = fc.array(
  fc.record({ at: fc.nat(), kind: fc.constantFrom("set", "drop", "add", "repeat"), value: values }),
  { minLength: 1, maxLength: 3 },
) as fc.Arbitrary<readonly Damage[]>;

/** A damaged copy. What JSON cannot say stays as it is: a form must not rely on JSON. */
export function damaged(state: object, changes: readonly Damage[]): unknown {
  const root = { state: structuredClone(state) as unknown };
  for (const { at, kind, value } of changes) {
    const places = placesIn(root);
    const [parent, key] = places[at % places.length] ?? [root, "state"];
    const own = structuredClone(value);
    if (kind === "drop" && Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (kind === "drop") delete (parent as Record<string, unknown>)[key];
    else if (kind === "set") define(parent, key, own);
    else if (Array.isArray(parent)) parent.push(kind === "add" ? own : structuredClone(parent[Number(key)]));
    else define(parent, kind === "add" ? "__proto__" : key, own);
  }
  return root.state;
}

/** As an own member, as JSON makes of `__proto__` too. */
function define(parent: object, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, writable: true, configurable: true });
}

function placesIn(parent: object): (readonly [parent: object, key: string])[] {
  return Object.entries(parent).flatMap(([key, child]) => [
    [parent, key] as const,
    ...(typeof child === "object" && child !== null ? placesIn(child) : []),
  ]);
}

/** What `read` makes of it; undefined where it is refused as it should be. */
export function readOrRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnavailableError) expect(error.code).toBe("superseded");
    else expect(error).toBeInstanceOf(UnsoundStateError);
    expect((error as Error).message.length).toBeLessThan(300);
    return undefined;
  }
}

/** @param has what a form is of, and what is done with a state of it. */
export function formContract(has: {
  readonly form: StateForm;
  readonly states: fc.Arbitrary<State>;
  readonly runs: number;
  use(state: State, isExtreme: boolean): void;
}): void {
  fc.assert(
    fc.property(has.states, damages, (state, changes) => {
      expect(readState(has.form, JSON.parse(JSON.stringify(state)))).toEqual(JSON.parse(JSON.stringify(state)));

      const read = readOrRefused(() => readState<State>(has.form, damaged(state, changes)));

      const isExtreme = changes.some(({ value }) => EXTREME.includes(value as number));
      if (read !== undefined) has.use(read, isExtreme);
    }),
    { numRuns: has.runs },
  );
}

export function stateContract(type: LearnerType): void {
  const tried = optionsToTry(type, context);
  const tasks: readonly Task[] = type.tasks ?? ["regression"];
  const make = (options: Options) => type.create(options, context);

  describe(`the state of ${type.name}`, () => {
    test("has the schema number of its form", () => {
      for (const options of tried) expect(make(options).init().schema).toBe(make(options).form.schema);
    });

    test("is read as it was written, and a damaged one is refused with its place or goes on with finite numbers", () => {
      for (const options of tried) {
        for (const task of tasks) {
          const examples = examplesFor(type, options, task);
          const states = examples.map((some) => learn(make(options).open(make(options).init()), some).close());
          formContract({
            form: make(options).form,
            states,
            runs: Math.ceil(RUNS / (tried.length * tasks.length)),
            use(state, isExtreme) {
              const live = readOrRefused(() => make(options).open(state) as Live);
              if (live !== undefined) goOn(live, fc.sample(examples, { numRuns: 1, seed: 1 })[0] ?? [], isExtreme);
            },
          });
        }
      }
    });
  });
}

/** Numbers at the end of doubles may make an answer infinite, which is then no prediction, or be refused in learning. */
function goOn(live: Live, examples: readonly Example[], isExtreme: boolean): void {
  for (const { x, y } of examples) {
    const answer = ask(live, x);
    if (!isExtreme) expectPlain(answer ?? {}, "its answer");
    try {
      live.learnOne(x, y);
    } catch (error) {
      expect(error).toBeInstanceOf(NonFiniteError);
      return;
    }
  }
  expectPlain(live.close());
}
