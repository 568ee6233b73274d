// The content of a pipeline file once its shape is checked: what schema.ts allows.

import type { FeatureSpec } from "../features/feature.ts";
import type { DriftSpec } from "../learners/drift/watch.ts";
import type { Part } from "../learners/learner.ts";
import type { MetricSpec, TargetSpec } from "../learners/task.ts";

export interface FieldSource {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
  readonly aliases?: readonly string[];
}

/** An Avro record. */
export interface RecordSource {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly fields: readonly FieldSource[];
}

/** Which values of a field, or types of CloudEvents, make a record an observation or a label. */
export interface SourceKinds {
  /** Of records; CloudEvents have a type of their own. */
  readonly field?: string;
  readonly observation: readonly (string | number | boolean)[];
  readonly label: readonly (string | number | boolean)[];
}

/** One of the user's own topics. */
export interface SourceFile {
  readonly topic: string;
  readonly format: "json" | "avro" | "cloudevents";
  readonly id?: string;
  readonly subject?: string;
  readonly type?: "observation" | "label" | SourceKinds;
  readonly omit?: readonly string[];
  /** Versions of event.schemas by the ids of the registry that wrote the topic. */
  readonly schemas?: Readonly<Record<string, number>>;
  /** The address of the registry that has these schemas, instead of `schemas`. */
  readonly registry?: string;
}

export interface PipelineFile {
  readonly name: string;
  readonly description?: string;
  readonly event: {
    readonly schemas: Readonly<Record<string, RecordSource>>;
    readonly reads?: number;
    readonly time?: string;
    readonly subject?: string;
  };
  readonly target: TargetSpec;
  readonly labelHorizon?: string;
  readonly modelPer?: string | { readonly field: string; readonly most?: number; readonly prior?: string };
  readonly features: readonly FeatureSpec[];
  readonly models: Readonly<Record<string, readonly Part[]>>;
  readonly serve?:
    | string
    | { readonly best: string; readonly over?: number; readonly margin?: number; readonly after?: number };
  readonly predict?: { readonly interval?: number; readonly explain?: boolean };
  readonly metrics: readonly MetricSpec[];
  readonly drift?: Part | readonly Part[];
  readonly onDrift?: DriftSpec["onDrift"];
  readonly sources?: readonly SourceFile[];
}
