// A feature transform: stateless arithmetic on one field of one record. Transforms that learn belong to the model.

import type { FieldValue } from "../events/vocabulary.ts";

export type FieldKind = "number" | "boolean" | "string" | "timestamp";

/** `indicator`: constant when present (1; hashed text 1 or -1), absent otherwise. */
export type OutputKind = "number" | "indicator" | "text";

export interface FeatureOutput {
  /** The feature's name; where `open`, the prefix of all its names (`origin_`). */
  readonly name: string;
  readonly open: boolean;
  readonly kind: OutputKind;
  /** True for numbers of about -1 to 1, which need no scaler. */
  readonly isSmall?: boolean;
}

/** One entry of `features:` in a pipeline file; the transform's own options are further keys of it. */
export interface FeatureSpec {
  readonly from: string;
  readonly as: string;
  readonly name?: string;
  readonly [option: string]: unknown;
}

/** Takes what is extracted, in order. */
export type Emit = (name: string, value: number | string) => void;

export interface Feature {
  readonly from: string;
  readonly outputs: readonly FeatureOutput[];
  /** `value` is never null: a null or missing field is an absent feature. */
  extract(value: Exclude<FieldValue, null>, emit: Emit): void;
}

/** How a name after `as:` becomes a feature: one entry in index.ts each. */
export interface FeatureType {
  readonly name: string;
  readonly accepts: readonly FieldKind[];
  /** JSON Schema of the properties it allows beside `from`, `as`, `name`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** @throws ConfigurationError when options pass the schema and still make no sense. */
  create(spec: FeatureSpec): Feature;
}
