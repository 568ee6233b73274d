// The choice of the model that serves, where the pipeline file says `serve: { best: mae, over: 1000, margin: 0.02, after: 500 }`.
//
//   H1  The choice follows from the state and the examples, one by one. How they were grouped into commits changes nothing, so
//       every process and every replay chooses alike.
//   H2  Two models are compared on the same examples: of the last `over`, those that both predicted before they were learned.
//   H3  Another model serves only where its error is less by more than `margin` (a share of the champion's), its lead is no
//       chance, and `after` examples were learned since the last change. So equally good models do not take turns.
//   H4  A model that predicted less than half of its window cannot become the champion, and gives way to one that did.
//   H5  While a model is pinned by hand, the windows go on and nobody else is chosen.
//
// The error is the metric, or its distance to 1 where higher is better. Chance is judged by a paired t-test (Student 1908): the
// window is cut into PARTS, and the mean difference of the errors must be more than STANDARD_ERRORS of its standard errors.

import type { ChampionChange, Prediction, Target } from "../events/vocabulary.ts";
import { decode, encode } from "./float64s.ts";
import type { State } from "./learner.ts";
import { metricTypes, scoringOf } from "./metrics/index.ts";
import type { MetricType, MetricWindow } from "./metrics/metric.ts";
import { checkScores, isNumber, Ring } from "./metrics/rolling.ts";
import { entryOf, type Options, withDefaults } from "./named-part.ts";
import { at, count, membersOf, object, text } from "./state-form.ts";

export interface BestSpec {
  /** The metric. */
  readonly best: string;
  /** Examples in the window of each model. */
  readonly over: number;
  readonly margin: number;
  /** The fewest examples before the first change, and between two. */
  readonly after: number;
  /** Of a binary target. */
  readonly threshold?: number;
}

export interface ChoiceState extends State {
  readonly metric: string;
  /** Examples since the last change, or since the start. */
  readonly since: number;
  /** By model: what the metric keeps of its last examples, as in rolling.ts. Of an example without a prediction: UNPREDICTED. */
  readonly windows: Readonly<Record<string, string>>;
}

export interface OpenChoice {
  readonly champion: string;
  /** Takes one example with the predictions that its models are scored on. Returns the change, if this example made one. */
  take(y: Target, predictionOf: (model: string) => Prediction): ChampionChange | undefined;
  /** What the metric keeps of the last examples of a model, as in the state. */
  windowOf(model: string): string;
  /** The model has become another one, which had these last examples. */
  replace(model: string, window: string): void;
  close(): ChoiceState;
}

/** Parts of a window that are compared; a window has at least as many examples. */
export const PARTS = 20;
// Equally good models differ by more in one of some thousand windows.
const STANDARD_ERRORS = 5;
/** No metric keeps this of a prediction, and unlike NaN it has one bit pattern. */
const UNPREDICTED = Number.NEGATIVE_INFINITY;

const DEFAULTS = {
  over: { default: 1000 },
  margin: { default: 0.02 },
  after: { default: 500 },
};

export function readBest(given: { readonly best: string }): BestSpec {
  return withDefaults(DEFAULTS, given as unknown as Options) as unknown as BestSpec;
}

/** JSON Schemas of its options, with the metrics that can be chosen by. */
export function bestOptions(mostOver: number): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return {
    best: {
      type: "string",
      enum: Object.values(metricTypes)
        .filter(({ better }) => better !== "neither")
        .map(({ name }) => name),
      description: "The metric that the models are compared by.",
    },
    over: {
      ...{ type: "integer", minimum: PARTS, maximum: mostOver, ...DEFAULTS.over },
      description: "The last examples that they are compared on.",
    },
    margin: {
      ...{ type: "number", minimum: 0, exclusiveMaximum: 1, ...DEFAULTS.margin },
      description: "By which share of the champion's error another model's must be less.",
    },
    after: {
      ...{ type: "integer", minimum: 0, ...DEFAULTS.after },
      description: "The fewest examples before the first change, and between two.",
    },
  };
}

const checkMembers = object({ metric: text, since: count, windows: membersOf });

/** @param given what a stored state has for it. @throws UnsoundStateError where it cannot go on. */
export function checkChoice(spec: BestSpec, given: unknown): ChoiceState {
  const state = membersOf(given) as unknown as ChoiceState;
  // Of another metric or schema it does not go on.
  if (state.schema !== 1 || state.metric !== spec.best) return state;
  checkMembers(state);
  const { width, allows = isNumber } = judgedBy(spec);
  const kept = { width, allows: (score: number) => score === UNPREDICTED || allows(score) };
  for (const [model, window] of Object.entries(state.windows)) {
    // The file may have asked for longer windows before.
    at(`windows.${model}`, () => checkScores(window, kept));
  }
  return state;
}

function judgedBy(spec: BestSpec): Judged {
  const type = entryOf(metricTypes, spec.best);
  return { better: type.better, ...scoringOf(type, {}, spec).window };
}

/** The first state, or what goes on of an earlier one: nothing of another metric, and only the windows of these models. */
export function choiceState({ best }: BestSpec, models: readonly string[], earlier?: ChoiceState): ChoiceState {
  const goesOn = earlier?.schema === 1 && earlier.metric === best ? earlier : undefined;
  const windows = models.map((name) => [name, goesOn?.windows[name] ?? ""]);
  return { schema: 1, metric: best, since: goesOn?.since ?? 0, windows: Object.fromEntries(windows) };
}

export function openChoice(spec: BestSpec, champion: string, state: ChoiceState, isPinned = false): OpenChoice {
  const { over, after } = spec;
  const metric = judgedBy(spec);
  const windows = Object.entries(state.windows).map(([name, text]) => createWindow(name, metric, over, text));
  const step = Math.floor(over / PARTS);
  let serves = champion;
  let { since } = state;
  return {
    get champion() {
      return serves;
    },
    take(y, predictionOf) {
      for (const window of windows) window.push(y, predictionOf(window.name));
      since++;
      // Each window is read anew, so not after every example.
      if (isPinned || since < after || (since - after) % step !== 0) return undefined;
      const change = findChange(spec, metric, windows, serves);
      if (change === undefined) return undefined;
      serves = change.to;
      since = 0;
      return change;
    },
    windowOf: (model) => windows.find(({ name }) => name === model)?.close() ?? "",
    replace(model, window) {
      const at = windows.findIndex(({ name }) => name === model);
      if (at >= 0) windows[at] = createWindow(model, metric, over, window);
    },
    close: () => ({
      ...{ schema: 1, metric: spec.best, since },
      windows: Object.fromEntries(windows.map(({ name, close }) => [name, close()])),
    }),
  };
}

/** What of the metric compares models. */
type Judged = Pick<MetricType, "better"> & MetricWindow;

interface Window {
  readonly name: string;
  push(y: Target, prediction: Prediction): void;
  /** Oldest first. */
  scores(): Float64Array;
  close(): string;
}

function createWindow(name: string, { width, keep }: Judged, over: number, text: string): Window {
  let opened: Ring | undefined;
  // Not before it is needed: who only predicts opens every new state, and chooses nothing.
  const ring = () => {
    opened ??= new Ring(width, over, decode(text).slice(-width * over));
    return opened;
  };
  return {
    name,
    push(y, prediction) {
      ring().push((to, at) => {
        if (!keep(y, prediction, to, at)) to.fill(UNPREDICTED, at, at + width);
        return true;
      });
    },
    scores: () => ring().scores(),
    close: () => (opened === undefined ? text : encode(opened.scores())),
  };
}

function findChange(
  { best, over, margin, after }: BestSpec,
  metric: Judged,
  windows: readonly Window[],
  from: string,
): ChampionChange | undefined {
  const scores = new Map(windows.map((window) => [window.name, window.scores()]));
  const own = scores.get(from) ?? new Float64Array();
  const { width } = metric;
  const hasPredicted = predictsMost(own, width);
  let change: ChampionChange | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [to, theirs] of scores) {
    // One that was added later has to show as much as all had to at the start.
    const enough = theirs.length / width >= Math.max(PARTS, Math.min(after, over));
    if (to === from || !enough || !predictsMost(theirs, width)) continue;
    const compared = compare(metric, hasPredicted ? own : theirs, theirs);
    const { ownError, theirError } = compared;
    if (hasPredicted && !(theirError < ownError * (1 - margin) && isNoChance(compared.differences))) continue;
    if (theirError >= least) continue;
    least = theirError;
    const why = hasPredicted
      ? `its ${best} over ${compared.examples} examples is ${shown(compared.theirs)}, that of ${from} ${shown(compared.own)}`
      : `${from} predicted less than half of the last ${own.length / width} examples`;
    change = { from, to, why };
  }
  return change;
}

function predictsMost(scores: Float64Array, width: number): boolean {
  let predicted = 0;
  for (let at = 0; at < scores.length; at += width) if (scores[at] !== UNPREDICTED) predicted++;
  return predicted * 2 * width >= scores.length && predicted > 0;
}

interface Compared {
  readonly examples: number;
  readonly own: number;
  readonly theirs: number;
  readonly ownError: number;
  readonly theirError: number;
  /** By part of the window: by how much their error is less. */
  readonly differences: readonly number[];
}

/** H2: the newest examples are the last of both windows. */
function compare(metric: Judged, own: Float64Array, theirs: Float64Array): Compared {
  const { width, value } = metric;
  const both: [number[], number[]] = [[], []];
  for (let back = Math.min(own.length, theirs.length); back > 0; back -= width) {
    const [at, atTheirs] = [own.length - back, theirs.length - back];
    if (own[at] === UNPREDICTED || theirs[atTheirs] === UNPREDICTED) continue;
    for (let i = 0; i < width; i++) {
      both[0].push(own[at + i] as number);
      both[1].push(theirs[atTheirs + i] as number);
    }
  }
  const [a, b] = both.map((numbers) => Float64Array.from(numbers)) as [Float64Array, Float64Array];
  const examples = a.length / width;
  const parts = Array.from({ length: examples < PARTS ? 0 : PARTS }, (_, i) => {
    const [start, end] = [i, i + 1].map((part) => width * Math.floor((part * examples) / PARTS)) as [number, number];
    return errorOf(metric, value(a.subarray(start, end))) - errorOf(metric, value(b.subarray(start, end)));
  });
  const [ownValue, theirValue] = [value(a), value(b)];
  return {
    ...{ examples, own: ownValue, theirs: theirValue, differences: parts },
    ...{ ownError: errorOf(metric, ownValue), theirError: errorOf(metric, theirValue) },
  };
}

function errorOf({ better }: Judged, value: number): number {
  return better === "lower" ? value : 1 - value;
}

function isNoChance(differences: readonly number[]): boolean {
  // Squares of the largest doubles would be infinite.
  const scale = Math.max(...differences.map(Math.abs));
  if (differences.length === 0 || scale === 0) return false;
  const n = differences.length;
  const mean = differences.reduce((sum, one) => sum + one / scale, 0) / n;
  const variance = differences.reduce((sum, one) => sum + (one / scale - mean) ** 2, 0) / (n - 1);
  return mean > STANDARD_ERRORS * Math.sqrt(variance / n);
}

const shown = (value: number) => String(Number(value.toPrecision(4)));
