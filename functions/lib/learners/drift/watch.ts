// Detectors that follow the error of the champion, as it was served.
//
//   W1  What they tell follows from the state and the examples, one by one, like the choice of the champion (H1 in champion.ts).
//   W2  They follow one model. Where another one serves, or its name was given to a model that began anew, they begin anew: its
//       errors are of another kind, and that is no drift.
//   W3  A value with which a detector would become infinite makes that detector begin anew.
//   W4  A rise stands until a fall is told, or they begin anew.

import type { DriftFound, Prediction, Target } from "../../events/vocabulary.ts";
import { NonFiniteError, type Part, type State } from "../learner.ts";
import { entryOf, type OptionSchemas, readPart, withDefaults } from "../named-part.ts";
import { at, count, membersOf, object, optional, readState, text } from "../state-form.ts";
import { type TargetSpec, tasks } from "../task.ts";
import type { Detector, OpenDetector } from "./detector.ts";
import { detectorTypes } from "./index.ts";

/** What a pipeline file says of drift. */
export interface DriftSpec {
  /** No name twice. */
  readonly detectors: readonly Part[];
  /** `restart`: where the error rises, a model begins anew. */
  readonly onDrift: "announce" | "restart";
  readonly target: TargetSpec;
}

export interface WatchState extends State {
  /** The model that they follow. */
  readonly model: string;
  /** By name. `options`: those it began with, as JSON; with others it is another detector. */
  readonly detectors: Readonly<Record<string, { readonly options: string; readonly state: State }>>;
  /** The last rise, while it stands. */
  readonly risen?: DriftFound;
}

export interface OpenWatch {
  readonly model: string;
  readonly risen: DriftFound | undefined;
  /** Takes one example with the prediction that the followed model is scored on. `at`: examples learned with it. */
  take(y: Target | undefined, prediction: Prediction, at: number): readonly DriftFound[];
  /** W2. */
  follow(model: string): void;
  close(): WatchState;
}

interface Named {
  readonly name: string;
  readonly options: string;
  readonly detector: Detector;
}

function named({ detectors }: DriftSpec): readonly Named[] {
  return detectors.map((part) => {
    const { name, options } = readPart(part);
    const type = entryOf(detectorTypes, name);
    const known = withDefaults((type.options["properties"] ?? {}) as OptionSchemas, options);
    const sorted = Object.entries(known).sort(([a], [b]) => (a < b ? -1 : 1));
    return { name, options: JSON.stringify(Object.fromEntries(sorted)), detector: type.create(options) };
  });
}

const checkMembers = object({
  model: text,
  detectors: membersOf,
  risen: optional(object({ model: text, detector: text, at: count, change: text })),
});

const checkDetector = object({ options: text, state: membersOf });

/** A stored state. @throws UnsoundStateError where a detector cannot go on from it. */
export function checkWatch(spec: DriftSpec, given: WatchState): void {
  // Of another schema it does not go on.
  if (given.schema !== 1) return;
  checkMembers(given);
  for (const { name, options, detector } of named(spec)) {
    const known = given.detectors[name];
    if (known === undefined) continue;
    at(`detectors.${name}`, () => {
      checkDetector(known);
      if (known.options === options) at("state", () => readState(detector.form, known.state));
    });
  }
}

/** The first state, or what goes on of an earlier one: nothing of another model, and only detectors with these options. */
export function watchState(spec: DriftSpec, model: string, earlier?: WatchState): WatchState {
  const goesOn = earlier?.schema === 1 && earlier.model === model ? earlier : undefined;
  const detectors = named(spec).map(({ name, options, detector }) => {
    const known = goesOn?.detectors[name];
    return [name, known?.options === options ? known : { options, state: detector.init() }];
  });
  const stands = goesOn?.risen && { risen: goesOn.risen };
  return { schema: 1, model, detectors: Object.fromEntries(detectors), ...stands };
}

/** @param state of the same spec. */
export function openWatch(spec: DriftSpec, state: WatchState): OpenWatch {
  const { watched } = tasks[spec.target.task];
  const parts = named(spec);
  let { model, risen } = state;
  // Not before it is needed: who only predicts opens every new state, and follows nothing.
  let opened: Map<string, OpenDetector<State>> | undefined;
  const live = () => {
    opened ??= new Map(parts.map(({ name, detector }) => [name, detector.open(state.detectors[name]?.state as State)]));
    return opened;
  };

  /** Undefined where it tells nothing. */
  function update({ name, detector }: Named, value: number): DriftFound["change"] | undefined {
    const one = live().get(name) as OpenDetector<State>;
    try {
      if (!one.update(value)) return undefined;
      return one.isRise ? "rise" : "fall";
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      live().set(name, detector.open(detector.init()));
      return undefined;
    }
  }

  return {
    get model() {
      return model;
    },
    get risen() {
      return risen;
    },
    take(y, prediction, at) {
      const value = prediction === null ? undefined : watched.of(y, prediction, spec.target);
      if (value === undefined) return [];
      return parts.flatMap((part) => {
        const change = update(part, value);
        if (change === undefined) return [];
        const found: DriftFound = { model, detector: part.name, at, change };
        risen = change === "rise" ? found : undefined;
        return [found];
      });
    },
    follow(next) {
      model = next;
      risen = undefined;
      opened = new Map(parts.map(({ name, detector }) => [name, detector.open(detector.init())]));
    },
    close() {
      const detectors = parts.map(({ name, options }) => {
        const now = opened === undefined ? state.detectors[name]?.state : opened.get(name)?.close();
        return [name, { options, state: now }];
      });
      return { schema: 1, model, detectors: Object.fromEntries(detectors), ...(risen && { risen }) };
    },
  };
}
