// What a learner is. Its state is a plain JSON value with a `schema` number: stored, moved and compared as such.
//
//   L1  Nothing here does I/O, reads a clock or draws a random number.
//   L2  `open` copies: it never changes the value it was given, and `close` hands out a value of its own.
//       So a state plus a list of examples always gives the same state, and a failed group is simply let go.
//   L3  Predicting and transforming change nothing.
//   L4  `learnOne` throws NonFiniteError rather than let a number in the state become NaN or infinite. What is open
//       must then be let go; the value it was opened from is unchanged.
//   L5  What grows with the data stays within the budget: what does not fit is as if never seen, and all else goes on.
//   L6  Its form (state-form.ts) lets pass what the learner writes, and nothing that it could not go on from.
//
// Between `open` and `close` a learner keeps typed arrays and maps for speed.

import type { Explanation, Prediction, Target } from "../events/vocabulary.ts";
import type { StateBudget } from "./state-budget.ts";
import type { StateForm } from "./state-form.ts";
import type { Task } from "./task.ts";

/** Named features as two parallel lists, in the order in which they were extracted. No name occurs twice. */
export interface Vector {
  /** It may be the list of other vectors too, and whoever knows it knows all its names: it never changes. */
  readonly names: readonly string[];
  readonly values: readonly (number | string)[];
}

/** A part of a chain, as written in a pipeline file: `adagrad`, or `{ adagrad: { learningRate: 0.5 } }`. */
export type Part = string | Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Any JSON value with a schema number. */
export interface State {
  readonly schema: number;
}

export interface OpenTransformer<S extends State> {
  learnOne(x: Vector, y: Target): void;
  transformOne(x: Vector): Vector;
  close(): S;
}

/** What a part has learned of a number as it reached it: its mean and standard deviation, or its ends. */
export type ToldNumber =
  | { readonly feature: string; readonly n?: number; readonly mean: number; readonly deviation: number }
  | { readonly feature: string; readonly least: number; readonly most: number };

/** With a part that keeps nothing which tells people what is usual, and still hands another number on. */
export type SeenNumber = ToldNumber | { readonly feature: string };

/** What the parts of a chain have learned of the features that reached them, each by the first part that keeps it. */
export interface Seen {
  readonly numbers: readonly SeenNumber[];
  /** Names that are known beyond this part, one for each value of a text: `origin_LAX`. */
  readonly names: readonly string[];
  /** Values of a text, in the order of first sight. */
  readonly texts: readonly { readonly feature: string; readonly values: readonly string[] }[];
}

export interface Transformer<S extends State = State> {
  readonly role: "transformer";
  /** True: needs y, and so transforms before it learns (no leak of the target). */
  readonly supervised: boolean;
  /** What its state looks like: read one from outside by it, before it is opened. */
  readonly form: StateForm;
  init(): S;
  /** @param budget limits what grows with the data: names, groups. Default: no limit. */
  open(state: S, budget?: StateBudget): OpenTransformer<S>;
  /** What it keeps of the features, for people. */
  seenOf?(state: S): Partial<Seen>;
}

/** Of a feature as it reaches the learner. */
export interface LearnedWeight {
  readonly feature: string;
  /** Where each class has a sum of its own. */
  readonly class?: string;
  readonly weight: number;
}

/** All that a learner which is a sum adds up, whatever x is. */
export interface LearnedSum {
  /** What the sum is. */
  readonly unit: "target" | "log-odds" | "log-probability";
  /** What is added whatever x is; absent where each class has a sum of its own. */
  readonly intercept?: number;
  /** In no order that means anything. */
  readonly weights: readonly LearnedWeight[];
}

export interface OpenPredictor<S extends State> {
  learnOne(x: Vector, y: Target): void;
  predictOne(x: Vector): Prediction;
  /**
   * How it comes to that prediction, by what explanation.ts makes. A learner that is no sum and no path leaves it out.
   * @throws NonFiniteError as predictOne, or where a part of a sum is not finite.
   */
  explain?(x: Vector): Explanation;
  /** The standard deviation of a truth around that prediction, where the learner has a distribution: above 0. */
  spreadOne?(x: Vector): number;
  close(): S;
}

export interface Predictor<S extends State = State> {
  readonly role: "predictor";
  /** As a transformer's. */
  readonly form: StateForm;
  init(): S;
  /** @param budget as a transformer's. */
  open(state: S, budget?: StateBudget): OpenPredictor<S>;
  /** What it adds up, where the learner is a sum. */
  sumOf?(state: S): LearnedSum;
}

/** What a chain knows of its pipeline. */
export interface ChainContext {
  /** True for a feature that is 1 when present and absent otherwise (one-hot): scaled, it would vanish. */
  isIndicator(name: string): boolean;
}

/** What is known of a feature before there are examples. */
export interface FeatureShape {
  /** Its name; where `open`, the prefix of all its names (`origin_`). */
  readonly name: string;
  readonly open: boolean;
  readonly kind: "number" | "indicator" | "text";
  /** True for numbers of about -1 to 1. */
  readonly isSmall?: boolean;
}

/** How a name in a pipeline file becomes a transformer or a predictor: one entry in index.ts each. */
export interface LearnerType {
  readonly name: string;
  readonly role: "transformer" | "predictor";
  /** JSON Schema of its options; `additionalProperties: false`. */
  readonly options: Readonly<Record<string, unknown>>;
  /**
   * Where a state has a fixed size that is large: options with which it is small, for suites that make thousands of states. The
   * learner's own test tries the usual size.
   */
  readonly small?: Readonly<Record<string, unknown>>;
  /** Predictors: the tasks it can predict. */
  readonly tasks?: readonly Task[];
  /** The text features it takes with these options; all other text must have been turned to numbers before it. */
  takesText?(options: Readonly<Record<string, unknown>>): "all" | readonly string[];
  /** The features that its options name, where each must reach it. Those that takesText names are not among them. */
  names?(options: Readonly<Record<string, unknown>>): readonly string[];
  /** Transformers: what a feature that it touches becomes with these options. Default: it keeps its name and kind. */
  becomes?(feature: FeatureShape, options: Readonly<Record<string, unknown>>): readonly FeatureShape[];
  /** Whether a feature of that name is an indicator that it makes; a name that begins with a text feature's is known as one. */
  makesIndicator?(name: string, options: Readonly<Record<string, unknown>>): boolean;
  /** True: what it makes depends on how names and texts are spelt, as it hashes them, joins them or takes them apart. */
  readonly isSpelling?: boolean;
  /** True: divides by a spread, so an indicator that reaches it scales to nothing. */
  readonly scales?: boolean;
  /** True: it looks at the features of its first example alone, so it never sees those that are added later. */
  readonly keepsFirstFeatures?: boolean;
  /** True: a model that cannot beat it has learned nothing from the features. */
  readonly isBaseline?: boolean;
  /** True: brings numbers to one size without dividing by a spread, so indicators stay what they are. */
  readonly levels?: boolean;
  /** True: learns by steps of one rate along a gradient, so features should be of one size. */
  readonly isGradient?: boolean;
  /** @throws ConfigurationError when options pass the schema and still make no sense. */
  create(options: Readonly<Record<string, unknown>>, context: ChainContext): Transformer | Predictor;
}

export class NonFiniteError extends Error {
  constructor(where: string) {
    super(`${where} would become infinite or NaN`);
    this.name = "NonFiniteError";
  }
}
