// A model: transformers in a row and a predictor at their end.
//
// Learning goes in River's order since 0.19: each transformer learns x, then transforms it for the next; one that needs y
// transforms first, so that its own target cannot leak into the features. Predicting only transforms.

import { ConfigurationError } from "../errors.ts";
import type { Explanation, Prediction, Target } from "../events/vocabulary.ts";
import { unexplained } from "./explanation.ts";
import { learnerTypes } from "./index.ts";
import type {
  ChainContext,
  LearnedSum,
  LearnerType,
  Part,
  Predictor,
  Seen,
  SeenNumber,
  State,
  Transformer,
  Vector,
} from "./learner.ts";
import { entryOf, type Options, readPart } from "./named-part.ts";
import { StateBudget } from "./state-budget.ts";
import { at, list, object, readState, type StateForm, text, unsound } from "./state-form.ts";

/** `parts` in the order of the chain. */
export interface ModelState extends State {
  readonly parts: readonly { readonly name: string; readonly state: State }[];
}

export interface OpenModel {
  learnOne(x: Vector, y: Target): void;
  predictOne(x: Vector): Prediction;
  /** Of that prediction, by the features as its transformers make them. */
  explain(x: Vector): Explanation;
  /** 1 where the learner knows no spread of its own. */
  spreadOne(x: Vector): number;
  /** How often a name found no room in the state, since it was opened. */
  readonly refusedNames: number;
  close(): ModelState;
}

export interface Model {
  init(): ModelState;
  /**
   * A state from outside, checked, and upgraded where an earlier Wadi wrote it.
   * @throws UnsoundStateError where it is damaged, or of another chain.
   * @throws UnavailableError `superseded` where a newer Wadi wrote it.
   */
  read(state: unknown): ModelState;
  /** @throws UnsoundStateError where a name stands twice in it. */
  open(state: ModelState): OpenModel;
  /** What it has learned of the features themselves, for people. */
  seenOf(state: ModelState): Seen;
  /** What its learner adds up, by the features as its transformers make them; absent where it is no sum. */
  readonly sumOf?: (state: ModelState) => LearnedSum;
}

const SCHEMA = 1;

const FORM: StateForm = { schema: SCHEMA, check: object({ parts: list(object({ name: text })) }) };

/**
 * @param maxBytes of what grows with the data in its state, see state-budget.ts.
 * @throws ConfigurationError for a chain that names what is not there or does not end in a predictor.
 */
export function createModel(parts: readonly Part[], context: ChainContext, maxBytes?: number): Model {
  let known = context;
  const made = parts.map((part) => {
    const { name, options } = readPart(part);
    const type = entryOf(learnerTypes, name);
    const created = type.create(options, known);
    known = contextAfter(known, type, options);
    return { name, part: created, isSpelling: type.isSpelling === true };
  });
  const last = made.at(-1)?.part;
  const transformers = made.slice(0, -1).map(({ part }) => part);
  if (last?.role !== "predictor" || transformers.some(({ role }) => role !== "transformer")) {
    throw new ConfigurationError("a model is a chain of transformers that ends in one learner");
  }
  const names = made.map(({ name }) => name);
  const { sumOf } = last;
  const init = () => ({ schema: SCHEMA, parts: made.map(({ name, part }) => ({ name, state: part.init() })) });
  return {
    init,
    read(state) {
      const { parts } = readState<ModelState>(FORM, state);
      checkNames(parts, names);
      const read = made.map(({ name, part }, i) => {
        return { name, state: at(`parts[${i}].state`, () => readState<State>(part.form, parts[i]?.state)) };
      });
      return { schema: SCHEMA, parts: read };
    },
    open: (state) => openChain(state, names, transformers as Transformer[], last, new StateBudget(maxBytes)),
    seenOf: ({ parts }) => {
      const seen = seenBy(transformers as Transformer[], last, parts);
      // Their names are no features any more, joined as they are, or taken apart.
      return made.some(({ isSpelling }) => isSpelling) ? { ...seen, names: [] } : seen;
    },
    ...(sumOf && { sumOf: ({ parts }: ModelState) => sumOf(parts.at(-1)?.state as State) }),
  };
}

/** A second scaler sees what the first one has made, so of each feature only the first counts. */
function seenBy(transformers: readonly Transformer[], last: Predictor, parts: ModelState["parts"]): Seen {
  const all = transformers.map((transformer, i) => transformer.seenOf?.(parts[i]?.state as State) ?? {});
  const numbers = new Map<string, SeenNumber>();
  for (const number of all.flatMap((seen) => seen.numbers ?? [])) {
    if (!numbers.has(number.feature)) numbers.set(number.feature, number);
  }
  const weights = last.sumOf?.(parts.at(-1)?.state as State).weights ?? [];
  const names = [...all.flatMap((seen) => seen.names ?? []), ...weights.map(({ feature }) => feature)];
  return {
    numbers: [...numbers.values()],
    names: [...new Set(names)],
    texts: all.flatMap((seen) => seen.texts ?? []),
  };
}

/** What is known behind a part: it may make indicators of its own. */
function contextAfter(context: ChainContext, { makesIndicator }: LearnerType, options: Options): ChainContext {
  if (makesIndicator === undefined) return context;
  return { isIndicator: (name) => makesIndicator(name, options) || context.isIndicator(name) };
}

/** @throws UnsoundStateError where the state is of other parts. */
function checkNames(parts: ModelState["parts"], expected: readonly string[]): void {
  const given = parts.map(({ name }) => name);
  if (given.length === expected.length && given.every((name, i) => name === expected[i])) return;
  throw unsound("parts", `must be those of ${expected.join(", ")}, and are of ${given.join(", ") || "nothing"}`);
}

function openChain(
  state: ModelState,
  names: readonly string[],
  transformers: readonly Transformer[],
  predictor: Predictor,
  budget: StateBudget,
): OpenModel {
  const opened = transformers.map((transformer, i) => ({
    supervised: transformer.supervised,
    live: at(`parts[${i}].state`, () => transformer.open(state.parts[i]?.state as State, budget)),
  }));
  const last = state.parts.length - 1;
  const end = at(`parts[${last}].state`, () => predictor.open(state.parts[last]?.state as State, budget));
  const transformed = (x: Vector) => {
    let passed = x;
    for (const { live } of opened) passed = live.transformOne(passed);
    return passed;
  };
  return {
    learnOne(x, y) {
      let passed = x;
      for (const { supervised, live } of opened) {
        const before = passed;
        if (!supervised) live.learnOne(before, y);
        passed = live.transformOne(before);
        if (supervised) live.learnOne(before, y);
      }
      end.learnOne(passed, y);
    },
    predictOne: (x) => end.predictOne(transformed(x)),
    explain(x) {
      if (end.explain !== undefined) return end.explain(transformed(x));
      return unexplained(`the prediction of a ${names.at(-1)} is no sum over its features, and no path through a tree`);
    },
    spreadOne: (x) => end.spreadOne?.(transformed(x)) ?? 1,
    get refusedNames() {
      return budget.refused;
    },
    close() {
      const states = [...opened.map(({ live }) => live.close()), end.close()];
      return { schema: SCHEMA, parts: states.map((one, i) => ({ name: names[i] as string, state: one })) };
    },
  };
}

/** The state after one more example; `state` stays as it is. */
export function learnOne(model: Model, state: ModelState, x: Vector, y: Target): ModelState {
  const opened = model.open(state);
  opened.learnOne(x, y);
  return opened.close();
}

export function predictOne(model: Model, state: ModelState, x: Vector): Prediction {
  return model.open(state).predictOne(x);
}
