// Bagging with ADWIN: Bifet et al. 2009, "New ensemble methods for evolving data streams"; with a lambda of 6 it is leveraging bagging
// (Bifet et al. 2010). River's ensemble.ADWINBaggingClassifier and LeveragingBaggingClassifier.
//
//   Each member learns an example k times, k drawn from a Poisson distribution, and is then asked for it: an ADWIN follows whether it is
//   wrong. Where the errors of a member rise, the member with the most errors is replaced by a new one. The prediction is the mean of
//   what the members say.
//
// River's ADWINBaggingClassifier follows whether a member is right, and so replaces the best one where it gets better; this is its
// LeveragingBaggingClassifier with w = lambda, on the same random numbers to the digit. Python's generator draws others.
// Each member grows as its learner does, until its share of the limit; its ADWIN by ten numbers each time that its window doubles.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import { type AdwinState, createAdwin, type OpenAdwin } from "../drift/adwin.ts";
import { type Label, Labels, labelsList } from "../labels.ts";
import type { ChainContext, LearnerType, OpenPredictor, Part, Predictor, State, Vector } from "../learner.ts";
import { likeliest } from "../likeliest.ts";
import { entryOf, partForms, readPart, withDefaults } from "../named-part.ts";
import { SEEDS, SeededRandom, seedSchema } from "../seeded-random.ts";
import { StateBudget } from "../state-budget.ts";
import { at, checkLength, count, list, object, placeIn, readState, type StateForm } from "../state-form.ts";
import { lambdaSchema } from "./forest-options.ts";

interface MemberState {
  readonly state: State;
  readonly errors: AdwinState;
  /** How often a new one took its place. */
  readonly replaced: number;
}

interface BaggingState extends State {
  readonly labels: readonly Label[];
  /** Where the random numbers stand. */
  readonly random: number;
  readonly members: readonly MemberState[];
}

interface Options {
  readonly model: Part;
  readonly members: number;
  readonly lambda: number;
  readonly driftDelta: number;
  readonly seed: number;
}

const USUAL = "hoeffding-tree-classifier";

/** @param bases the learners of which it may have many: of labels, each for every task with labels. */
export function adwinBaggingOf(bases: readonly LearnerType[]): LearnerType {
  const byName = Object.fromEntries(bases.map((type) => [type.name, type]));
  const options = {
    model: {
      anyOf: partForms(Object.fromEntries(bases.map((type) => [type.name, type.options]))),
      default: USUAL,
      description: "The learner of which each member is one: its name, or its name with options.",
    },
    members: { type: "integer", minimum: 1, maximum: 100, default: 10, description: "Members." },
    lambda: lambdaSchema(1),
    driftDelta: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.002,
      description: "Chance that a member is replaced without a change: the smaller, the rarer.",
    },
    seed: seedSchema,
  };
  return {
    name: "adwin-bagging-classifier",
    role: "predictor",
    tasks: ["binary", "multiclass"],
    small: { members: 2 },
    options: { type: "object", additionalProperties: false, properties: options },
    create: (given, context) => createBagging(withDefaults(options, given) as unknown as Options, byName, context),
  };
}

/** What its members are made of. */
interface Kit {
  readonly options: Options;
  readonly base: Predictor;
  readonly adwin: ReturnType<typeof createAdwin>;
}

function createBagging(
  options: Options,
  bases: Readonly<Record<string, LearnerType>>,
  context: ChainContext,
): Predictor<BaggingState> {
  const { name, options: ofBase } = readPart(options.model);
  const base = entryOf(bases, name).create(ofBase, context) as Predictor;
  const kit = { options, base, adwin: createAdwin({ delta: options.driftDelta }) };
  const member = () => ({ state: base.init(), errors: kit.adwin.init(), replaced: 0 });
  return {
    role: "predictor",
    form: formOf(kit),
    init: () => ({
      schema: 1,
      labels: [],
      random: options.seed,
      members: Array.from({ length: options.members }, member),
    }),
    open: (state, budget) => new OpenBagging(state, kit, budget),
  };
}

function formOf({ options, base, adwin }: Kit): StateForm {
  const member = object({
    state: (state) => readState(base.form, state),
    errors: (state) => readState(adwin.form, state),
    replaced: count,
  });
  return {
    schema: 1,
    check: object<BaggingState>({ labels: labelsList, random: placeIn(SEEDS), members: list(member) }, ({ members }) =>
      checkLength("members", members, options.members),
    ),
  };
}

class Member {
  readonly #kit: Kit;
  readonly #room: StateBudget;
  #live: OpenPredictor<State>;
  #errors: OpenAdwin;
  #replaced: number;

  constructor({ state, errors, replaced }: MemberState, kit: Kit, room: StateBudget) {
    this.#kit = kit;
    this.#room = room;
    this.#live = kit.base.open(state, room);
    this.#errors = kit.adwin.open(errors);
    this.#replaced = replaced;
  }

  get error(): number {
    return this.#errors.mean;
  }

  /** @returns whether its errors have risen. */
  learn(x: Vector, y: Target, random: SeededRandom): boolean {
    const times = random.poisson(this.#kit.options.lambda);
    for (let i = 0; i < times; i++) this.#live.learnOne(x, y);
    const said = saidBy(this.#live.predictOne(x));
    if (said === undefined) return false;
    const before = this.error;
    return this.#errors.update(said === y ? 0 : 1) && this.error > before;
  }

  predictOne(x: Vector): Prediction {
    return this.#live.predictOne(x);
  }

  replace(): void {
    this.#room.release();
    this.#live = this.#kit.base.open(this.#kit.base.init(), this.#room);
    this.#errors = this.#kit.adwin.open(this.#kit.adwin.init());
    this.#replaced++;
  }

  close(): MemberState {
    return { state: this.#live.close(), errors: this.#errors.close(), replaced: this.#replaced };
  }
}

class OpenBagging implements OpenPredictor<BaggingState> {
  readonly #labels: Labels;
  readonly #random: SeededRandom;
  readonly #members: readonly Member[];

  constructor({ labels, random, members }: BaggingState, kit: Kit, budget = new StateBudget()) {
    this.#labels = new Labels(labels, budget);
    this.#random = new SeededRandom(random);
    this.#members = members.map((member, i) =>
      at(`members[${i}].state`, () => new Member(member, kit, budget.share(members.length))),
    );
  }

  learnOne(x: Vector, y: Target): void {
    if (this.#labels.claim(y) < 0) return;
    let hasRisen = false;
    for (const member of this.#members) if (member.learn(x, y, this.#random)) hasRisen = true;
    if (hasRisen) this.#worst().replace();
  }

  predictOne(x: Vector): Prediction {
    const said = this.#members.map((member) => member.predictOne(x)).filter((prediction) => prediction !== null);
    if (said.length === 0) return null;
    // A damaged state may have members of several tasks.
    if (said.every((share) => typeof share === "number"))
      return said.reduce((mean, share) => mean + share / said.length, 0);
    const votes = this.#labels.close().map((label) => said.reduce<number>((sum, one) => sum + shareIn(one, label), 0));
    const all = votes.reduce((a, b) => a + b, 0);
    return this.#labels.prediction((label) => (all > 0 ? (votes[label] as number) / all : 0));
  }

  close(): BaggingState {
    return {
      schema: 1,
      labels: this.#labels.close(),
      random: this.#random.state,
      members: this.#members.map((member) => member.close()),
    };
  }

  /** Of equal ones the first. */
  #worst(): Member {
    return this.#members.reduce((worst, member) => (member.error > worst.error ? member : worst));
  }
}

/** The label of a prediction; undefined where there is none. */
function saidBy(prediction: Prediction): Label | undefined {
  if (prediction === null) return undefined;
  return typeof prediction === "number" ? prediction > 0.5 : likeliest(prediction);
}

/** A member may not know the label, or a name that every object has. */
function shareIn(prediction: Prediction, label: Label): number {
  const shares = prediction as Readonly<Record<string, number>>;
  return Object.hasOwn(shares, label as string) ? (shares[label as string] as number) : 0;
}
