// What the target's transformers have in common: a statistic of the target by the value of a text feature, as in River's
// feature_extraction.TargetAgg. It takes the place of the text. The target of an example is learned after the example was
// transformed, so it cannot leak into its own features. true counts as 1 and false as 0.
// The state grows by one to three numbers for each group; a group for which the limit has no room counts as never seen.

import { type LearnerType, NonFiniteError, type OpenTransformer, type State, type Transformer } from "../learner.ts";
import { type OptionSchemas, type Options, withDefaults } from "../named-part.ts";
import { Column, Slots } from "../slots.ts";
import { checkLengths, countFromOne, list, number, object, type StateForm, texts } from "../state-form.ts";
import { numberOf } from "../vector.ts";

/** Columns of numbers, by the slots of the groups. */
export type Kept = readonly Float64Array[];

export interface Statistic {
  /** The names of its columns, in the state too. All numbers of a new group are 0. */
  readonly kept: readonly string[];
  learn(kept: Kept, slot: number, y: number): void;
  of(kept: Kept, slot: number): number;
  /** Of a group that was never learned. */
  readonly unseen: number;
}

interface StatisticState extends State {
  readonly groups: readonly string[];
  readonly [column: string]: unknown;
}

const SCHEMA = 1;

const COMMON = {
  by: { type: "string", minLength: 1, description: "The text feature to group by." },
  keepText: { type: "boolean", default: false, description: "Hand the text on too, for a later transformer." },
};

/** @param what the last part of its name, as in target-mean and target_mean_by_origin. */
export function targetStatistic(
  what: string,
  own: OptionSchemas,
  statistic: (options: Options) => Statistic,
): LearnerType {
  const schemas = { ...COMMON, ...own };
  const nameOf = (text: string) => `target_${what}_by_${text}`;
  return {
    name: `target-${what}`,
    role: "transformer",
    options: { type: "object", additionalProperties: false, required: ["by"], properties: schemas },
    takesText: ({ by }) => [by as string],
    becomes(feature, { by, keepText }) {
      if (feature.name !== by) return [feature];
      const made = { name: nameOf(feature.name), open: false, kind: "number" } as const;
      return keepText === true ? [feature, made] : [made];
    },
    create(given): Transformer<StatisticState> {
      const options = withDefaults(schemas, given);
      const made = statistic(options);
      const by = options["by"] as string;
      return {
        role: "transformer",
        supervised: true,
        form: formOf(made.kept),
        init: () => ({ schema: SCHEMA, groups: [], ...Object.fromEntries(made.kept.map((name) => [name, []])) }),
        open(state, budget) {
          const slots = new Slots(state.groups, { budget, numbersPerName: made.kept.length });
          return openStatistic(state, made, slots, { by, name: nameOf(by), keepText: options["keepText"] === true });
        },
        seenOf: ({ groups }) => ({ texts: [{ feature: by, values: groups }] }),
      };
    },
  };
}

function formOf(kept: readonly string[]): StateForm {
  const columns = kept.map((name) => [name, list(name === "counts" ? countFromOne : number)] as const);
  return {
    schema: SCHEMA,
    check: object<StatisticState>({ groups: texts, ...Object.fromEntries(columns) }, (state) =>
      checkLengths(state.groups, Object.fromEntries(kept.map((name) => [name, state[name] as readonly number[]]))),
    ),
  };
}

function openStatistic(
  state: StatisticState,
  statistic: Statistic,
  slots: Slots,
  { by, name, keepText }: { readonly by: string; readonly name: string; readonly keepText: boolean },
): OpenTransformer<StatisticState> {
  const columns = statistic.kept.map((column) => new Column(state[column] as readonly number[]));
  const kept = () => columns.map((column) => column.upTo(slots.size));

  return {
    learnOne(x, y) {
      const at = x.names.indexOf(by);
      if (at < 0) return;
      const target = numberOf(typeof y === "boolean" ? Number(y) : y);
      const [slot = Slots.UNSEEN] = slots.claim([String(x.values[at])]);
      if (slot < 0) return;
      const numbers = kept();
      statistic.learn(numbers, slot, target);
      if (!numbers.every((column) => Number.isFinite(column[slot]))) throw new NonFiniteError(`${name}`);
    },
    transformOne(x) {
      const at = x.names.indexOf(by);
      if (at < 0) return x;
      const [slot = Slots.UNSEEN] = slots.find([String(x.values[at])]);
      const value = slot < 0 ? statistic.unseen : statistic.of(kept(), slot);
      const rest = <T>(list: readonly T[]): T[] =>
        keepText ? [...list] : [...list.slice(0, at), ...list.slice(at + 1)];
      return { names: [...rest(x.names), name], values: [...rest(x.values), value] };
    },
    close: () => ({
      schema: SCHEMA,
      groups: [...slots.names],
      ...Object.fromEntries(statistic.kept.map((column, i) => [column, (columns[i] as Column).list(slots.size)])),
    }),
  };
}
