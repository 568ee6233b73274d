// A pipeline file as it is written, once its shape is checked: what schema.ts lets through.

import type { FeatureSpec } from "../features/feature.ts";
import type { Part } from "../learners/learner.ts";
import type { MetricSpec, Task } from "./pipeline.ts";

export interface FieldSource {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
  readonly aliases?: readonly string[];
}

/** An Avro record. */
export interface RecordSource {
  readonly name: string;
  readonly fields: readonly FieldSource[];
}

export interface PipelineFile {
  readonly name: string;
  readonly description?: string;
  readonly event: { readonly schemas: Readonly<Record<string, RecordSource>>; readonly time?: string };
  readonly target: { readonly field: string; readonly task: Task };
  readonly labelHorizon?: string;
  readonly modelPer?: string | { readonly field: string; readonly most?: number; readonly prior?: string };
  readonly features: readonly FeatureSpec[];
  readonly models: Readonly<Record<string, readonly Part[]>>;
  readonly serve?: string | { readonly best: string };
  readonly metrics: readonly MetricSpec[];
  readonly drift?: Part;
}
