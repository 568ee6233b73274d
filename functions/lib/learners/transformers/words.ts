// Text as bags of n-grams: what bag-of-words and hashed-n-grams have in common. As in River's vectorizers, accents are stripped
// and letters lowered first, and a word has two characters or more (its pattern is \b\w[\w\-]+\b).

import { ConfigurationError } from "../../errors.ts";
import type { State, Transformer } from "../learner.ts";
import { NOTHING_KEPT } from "../state-form.ts";

const WORD = /[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])/gu;

export const wordsOptions = {
  on: { type: "string", minLength: 1, description: "The text feature." },
  lowercase: { type: "boolean", default: true, description: "Take capital letters as small ones." },
  stripAccents: { type: "boolean", default: true, description: "Take é as e." },
  minN: { type: "integer", minimum: 1, maximum: 8, default: 1, description: "The shortest n-gram." },
  maxN: { type: "integer", minimum: 1, maximum: 8, default: 1, description: "The longest n-gram." },
};

export interface WordsOptions {
  readonly on: string;
  readonly lowercase: boolean;
  readonly stripAccents: boolean;
  readonly minN: number;
  readonly maxN: number;
}

/** @throws ConfigurationError */
export function checkRange({ minN, maxN }: WordsOptions): void {
  if (minN > maxN) throw new ConfigurationError(`minN (${minN}) must not be above maxN (${maxN})`);
}

/** The n-grams of the text's words, joined by a space; of one length after the other. */
export function wordGrams(text: string, options: WordsOptions): string[] {
  return grams(normal(text, options).match(WORD) ?? [], options, " ");
}

/** The n-grams of the text's characters. White space counts as one space. */
export function characterGrams(text: string, options: WordsOptions): string[] {
  return grams([...normal(text, options).replace(/\s+/gu, " ")], options, "");
}

function normal(text: string, { lowercase, stripAccents }: WordsOptions): string {
  const plain = stripAccents ? text.normalize("NFKD").replace(/\p{Mn}/gu, "") : text;
  return lowercase ? plain.toLowerCase() : plain;
}

function grams(units: readonly string[], { minN, maxN }: WordsOptions, joint: string): string[] {
  const found: string[] = [];
  for (let n = minN; n <= maxN; n++) {
    for (let i = 0; i + n <= units.length; i++) found.push(units.slice(i, i + n).join(joint));
  }
  return found;
}

/** A transformer that keeps nothing: the text feature `on` becomes `<on>_<key>` for each number that `counted` makes of it. */
export function replaceText(on: string, counted: (text: string) => ReadonlyMap<string | number, number>): Transformer {
  return {
    role: "transformer",
    supervised: false,
    form: NOTHING_KEPT,
    init: () => ({ schema: 1 }),
    open: () => ({
      learnOne() {},
      transformOne(x) {
        const at = x.names.indexOf(on);
        if (at < 0) return x;
        const counts = counted(String(x.values[at]));
        const made = [...counts.keys()].map((key) => `${on}_${key}`);
        return {
          names: [...x.names.slice(0, at), ...x.names.slice(at + 1), ...made],
          values: [...x.values.slice(0, at), ...x.values.slice(at + 1), ...counts.values()],
        };
      },
      close: (): State => ({ schema: 1 }),
    }),
  };
}
