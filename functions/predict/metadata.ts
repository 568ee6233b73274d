// What the Open Inference Protocol v2 tells of this server and of each pipeline, which is a model there.

import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import type { FieldType } from "../lib/pipeline/record/field.ts";
import { VERSION } from "../lib/version.ts";
import { outputMetadata, type TensorMetadata } from "./answer.ts";
import type { Predict } from "./handler.ts";
import { checkVersion } from "./infer.ts";
import { chooseModel } from "./named-model.ts";

export interface ServerMetadata {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

export interface ModelMetadata {
  readonly name: string;
  /** The one that serves: it changes with every commit. None for a pipeline with several model sets: each has its own. */
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

/** Ours: records as inputs, and observations that are kept under the request's id. */
export const serverMetadata: ServerMetadata = {
  name: "wadi",
  version: VERSION,
  extensions: ["binary_tensor_data", "wadi_records", "wadi_observations"],
};

const DATATYPES: Readonly<Record<FieldType, string>> = {
  boolean: "BOOL",
  int: "INT32",
  long: "INT64",
  float: "FP32",
  double: "FP64",
  string: "BYTES",
  enum: "BYTES",
  // Epoch milliseconds; BYTES with a time in words is taken, too.
  timestamp: "INT64",
};

export function createMetadata(pipelines: Pipelines, predict: Pick<Predict, "serving">) {
  async function currentOf(name: string, asked: string | undefined) {
    const model = chooseModel(pipelines, name);
    const { pipeline, set } = model;
    // Whether it can be asked is the same for all sets: one that has learned nothing tells.
    const { version } = (await predict.serving(pipeline, set ?? pipeline.name)).head;
    checkVersion(model, asked, version);
    return { ...model, versions: set === undefined ? [] : [String(version)] };
  }

  return {
    /** @throws RejectedError for an unknown pipeline or a version that does not serve; UnavailableError. */
    async model(name: string, asked?: string): Promise<ModelMetadata> {
      const { pipeline, name: ofModel, versions } = await currentOf(name, asked);
      return {
        name: ofModel,
        versions,
        platform: "wadi",
        inputs: inputMetadata(pipeline),
        outputs: outputMetadata(pipeline),
      };
    },
    /** Ready is who can be asked now; whoever cannot throws, as `model` does. */
    async ready(name: string, asked?: string): Promise<{ name: string; ready: true }> {
      return { name: (await currentOf(name, asked)).name, ready: true };
    },
  };
}

/** Without the target: a record may bear it, but needs none to be predicted. */
function inputMetadata({ recordFields, targetField }: Pipeline): readonly TensorMetadata[] {
  return recordFields
    .filter(({ name }) => name !== targetField)
    .map(({ name, type }) => ({ name, datatype: DATATYPES[type], shape: [-1] }));
}
