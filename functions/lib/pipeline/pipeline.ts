// A pipeline as the functions use it: one YAML file, checked, with everything in it resolved.

import type { Decoded, DecodedLabel, Features, FlatRecord, PredictionAsk } from "../events/vocabulary.ts";
import type { FeatureOutput } from "../features/feature.ts";
import type { BestSpec } from "../learners/champion.ts";
import type { DriftSpec } from "../learners/drift/watch.ts";
import type { ChainContext, Part } from "../learners/learner.ts";
import type { MetricSpec, TargetSpec, Task } from "../learners/task.ts";
import type { ModelPer } from "./model-per.ts";
import type { RecordSchema } from "./record/avro.ts";
import type { Field } from "./record/field.ts";
import type { TopicSource } from "./sources/source.ts";

/** A feature, or with `open` all features of a prefix, and what it is made of: the field, and the transform's name. */
export interface FeatureOrigin extends Pick<FeatureOutput, "name" | "open" | "kind"> {
  readonly from: string;
  readonly as: string;
}

export interface Pipeline {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  /** Of the file, as it was read. */
  readonly text: string;
  /** Digest of the whole file's meaning: with another digest it is another pipeline revision. */
  readonly digest: string;
  readonly task: Task;
  /** The field of the truth; undefined where the task needs no labels and none can come. */
  readonly targetField: string | undefined;
  /** The same two, and what else the task needs. */
  readonly target: TargetSpec;
  /** The field of the event time; undefined: the event's own time counts. */
  readonly timeField: string | undefined;
  /** The field that names the observation, in labels too; undefined: the event's own subject names it. */
  readonly subjectField: string | undefined;
  /** Milliseconds that features wait for a late label. */
  readonly labelHorizonMs: number;
  readonly schemaVersions: readonly number[];
  /** The one that reads: the highest, unless the file says another. */
  readonly schemaVersion: number;
  /** The one that reads is the last. */
  readonly schemas: readonly RecordSchema[];
  /** Field names of the newest schema, in its order, the target among them. */
  readonly fields: readonly string[];
  /** The same fields, with their types. */
  readonly recordFields: readonly Field[];
  readonly featureOutputs: readonly FeatureOutput[];
  /** What each of these is made of, in the same order. */
  readonly featureOrigins: readonly FeatureOrigin[];
  readonly context: ChainContext;
  /** Chains by name, in the order of the file, as written there. */
  readonly models: Readonly<Record<string, readonly Part[]>>;
  /** By model: digest of its chain, all features and the target. With another digest it is another model, even under the same name. */
  readonly modelDigests: Readonly<Record<string, string>>;
  /** Digests of the same model before features were added behind the others or fields renamed. None for one that would not look at them. */
  digestsBeforeGrowth(model: string): readonly string[];
  /** Where there is a model set for each value of a field. */
  readonly modelPer: ModelPer | undefined;
  /** The name of the model that serves, or that serves first where the best one is chosen. */
  readonly serve: string;
  /** How the best model is chosen; undefined: `serve` it is. */
  readonly best: BestSpec | undefined;
  /** What the prediction of an event says beside its value. */
  readonly predict: PredictionAsk;
  readonly metrics: readonly MetricSpec[];
  /** The drift detectors, if there are any. */
  readonly drift: DriftSpec | undefined;
  /** The user's own topics that are read. */
  readonly sources: readonly TopicSource[];

  /**
   * The record of a JSON observation (plain JSON: unions unwrapped, times as ISO strings or epoch milliseconds)
   * written under `version` of the schema (default: the highest).
   * @throws RejectedError `schema`, naming every field at fault.
   */
  decodeJson(data: unknown, version?: number): Decoded;
  /** The record of an Avro observation. @throws RejectedError `schema`. */
  decodeAvro(data: Uint8Array, version?: number): Decoded;
  /** A label's data, `{ "<target>": value }`, and the subject's field where there is one. @throws RejectedError `schema`. */
  decodeLabel(data: unknown): DecodedLabel;
  /** A JSON observation in Avro, under the newest schema or this version. @throws RejectedError as decodeJson. */
  encodeAvro(data: unknown, version?: number): Buffer;
  /** A record that another file of this pipeline read, with this one's fields: an upgrade meets such on their way. */
  asOfNow(record: FlatRecord): FlatRecord;
  /** The model set that a record belongs to. @throws RejectedError `payload`; a decoded record never causes it. */
  setOf(record: FlatRecord): string;
  /** Named features of a record, in the order of the file. */
  extract(record: FlatRecord): Features;
}
