// `only:` of a transformer: which features it touches; the others pass through unchanged, in the same positions.

import type { ChainContext } from "../learner.ts";

/** Names and globs (`hour_*`), or `numbers`: all but indicators. */
export type FeatureSelection = "numbers" | readonly string[];

export const selectionSchema = {
  description: "The features it touches: names and globs, or `numbers`, which is all but indicators. Default: all.",
  anyOf: [
    { const: "numbers" },
    { type: "array", items: { type: "string", minLength: 1, maxLength: 200 }, minItems: 1, maxItems: 1000 },
  ],
};

/** Whether a feature of that name is touched; undefined where all are. */
export function selection(
  only: FeatureSelection | undefined,
  context: ChainContext,
): ((name: string) => boolean) | undefined {
  if (only === undefined) return undefined;
  if (only === "numbers") return (name) => !context.isIndicator(name);
  const globs = only.map((glob) => glob.split("*"));
  return (name) => globs.some((pieces) => matches(pieces, name));
}

// Piece by piece, without backtracking: names may be any text that a client sends, and a regular expression with several
// stars can take very long on a long name.
function matches(pieces: readonly string[], name: string): boolean {
  const [first = "", ...others] = pieces;
  const last = others.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const piece of others) {
    const at = name.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
