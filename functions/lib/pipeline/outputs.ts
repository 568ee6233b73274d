// The names of a pipeline's features, and which of them are indicators.

import type { FeatureOutput } from "../features/feature.ts";
import type { ChainContext } from "../learners/learner.ts";

/**
 * A name of a fixed feature is of that feature's kind; any other belongs to the open-ended feature with its prefix. What a
 * transformer makes of a text feature begins with `<text>_`, and is an indicator or counts words.
 */
export function outputContext(outputs: readonly FeatureOutput[]): ChainContext {
  const fixed = new Map(outputs.filter(({ open }) => !open).map(({ name, kind }) => [name, kind === "indicator"]));
  const indicators = outputs.filter(({ open, kind }) => open && kind === "indicator").map(({ name }) => name);
  const texts = outputs.filter(({ kind }) => kind === "text").map(({ name }) => `${name}_`);
  const prefixes = [...indicators, ...texts];
  return {
    isIndicator: (name) => fixed.get(name) ?? prefixes.some((prefix) => name.startsWith(prefix)),
  };
}
