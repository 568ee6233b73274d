// River's feature_extraction.BagOfWords: a text becomes `<text>_<word>`, how often each word is in it. It keeps nothing; the parts
// behind it keep a number for each word they meet, as far as the state's limit allows. hashed-n-grams has a fixed number instead.

import type { LearnerType, State, Transformer, Vector } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { checkRange, type WordsOptions, wordGrams, wordsOptions } from "./words.ts";

export const bagOfWords: LearnerType = {
  name: "bag-of-words",
  role: "transformer",
  options: { type: "object", additionalProperties: false, required: ["on"], properties: wordsOptions },
  takesText: ({ on }) => [on as string],
  becomes: (feature, { on }) =>
    feature.name === on ? [{ name: `${feature.name}_`, open: true, kind: "indicator" }] : [feature],
  isSpelling: true,
  create(given): Transformer {
    const options = withDefaults(wordsOptions, given) as unknown as WordsOptions;
    checkRange(options);
    return {
      role: "transformer",
      supervised: false,
      init: () => ({ schema: 1 }),
      open: () => ({
        learnOne() {},
        transformOne: (x) => counted(x, options),
        close: (): State => ({ schema: 1 }),
      }),
    };
  },
};

function counted(x: Vector, options: WordsOptions): Vector {
  const at = x.names.indexOf(options.on);
  if (at < 0) return x;
  const counts = new Map<string, number>();
  for (const gram of wordGrams(String(x.values[at]), options)) {
    const name = `${options.on}_${gram}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return {
    names: [...x.names.slice(0, at), ...x.names.slice(at + 1), ...counts.keys()],
    values: [...x.values.slice(0, at), ...x.values.slice(at + 1), ...counts.values()],
  };
}
