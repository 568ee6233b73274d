// The name of a feature: `name:` of its spec, or the transform's usual name.

import type { FeatureSpec } from "./feature.ts";

/** `name:` of the spec, else `fallback`. */
export function featureName(spec: FeatureSpec, fallback: string): string {
  return spec.name ?? fallback;
}

/** The prefix of an open-ended feature, or of a fixed family of names: `origin` gives `origin_`. */
export function prefixOf(name: string): string {
  return `${name}_`;
}
