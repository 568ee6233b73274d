// What the features of a pipeline are called, and which of the names are indicators.

import type { FeatureOutput } from "../features/feature.ts";
import type { ChainContext } from "../learners/learner.ts";

/** A name that a feature of its own gives is what that says; others belong to the open-ended feature of their prefix. */
export function outputContext(outputs: readonly FeatureOutput[]): ChainContext {
  const fixed = new Map(outputs.filter(({ open }) => !open).map(({ name, kind }) => [name, kind === "indicator"]));
  const prefixes = outputs.filter(({ open, kind }) => open && kind === "indicator").map(({ name }) => name);
  return {
    isIndicator: (name) => fixed.get(name) ?? prefixes.some((prefix) => name.startsWith(prefix)),
  };
}
