// River's feature_extraction.BagOfWords: a text becomes `<text>_<word>`, how often each word is in it. It keeps nothing; the parts
// behind it keep a number for each word they meet, as far as the state's limit allows. hashed-n-grams has a fixed number instead.

import type { LearnerType } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { checkRange, replaceText, type WordsOptions, wordGrams, wordsOptions } from "./words.ts";

export const bagOfWords: LearnerType = {
  name: "bag-of-words",
  role: "transformer",
  options: { type: "object", additionalProperties: false, required: ["on"], properties: wordsOptions },
  takesText: ({ on }) => [on as string],
  becomes: (feature, { on }) =>
    feature.name === on ? [{ name: `${feature.name}_`, open: true, kind: "indicator" }] : [feature],
  isSpelling: true,
  create(given) {
    const options = withDefaults(wordsOptions, given) as unknown as WordsOptions;
    checkRange(options);
    return replaceText(options.on, (text) => counted(text, options));
  },
};

function counted(text: string, options: WordsOptions): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const gram of wordGrams(text, options)) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  return counts;
}
