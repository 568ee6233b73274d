// `only:` of a transformer: which features it touches; the others pass on in their places.

import type { ChainContext } from "./learner.ts";

/** Names and globs (`hour_*`), or `numbers`: all but indicators. */
export type FeatureSelection = "numbers" | readonly string[];

export const selectionSchema = {
  description: "The features it touches: names and globs, or `numbers`, which is all but indicators. Default: all.",
  anyOf: [
    { const: "numbers" },
    { type: "array", items: { type: "string", minLength: 1, maxLength: 200 }, minItems: 1, maxItems: 1000 },
  ],
};

/** A predicate that remembers its answers, since names come again and again. */
export function selection(
  only: FeatureSelection | undefined,
  context: ChainContext,
): ((name: string) => boolean) | undefined {
  if (only === undefined) return undefined;
  if (only === "numbers") return (name) => !context.isIndicator(name);
  const patterns = only.map((glob) => new RegExp(`^${glob.split(/\*+/).map(quoted).join(".*")}$`, "s"));
  return (name) => patterns.some((pattern) => pattern.test(name));
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
