// Metadata of the Open Inference Protocol v2: of this server, and of each pipeline, which is a model there.

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
  /** The one that serves, which changes with every commit. Empty for a pipeline with several model sets, each with its own. */
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

/** `wadi_records`: records as inputs. `wadi_observations`: a request's id records its rows as observations. */
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
  // Epoch milliseconds; a time as text, in BYTES, is taken as well.
  timestamp: "INT64",
  date: "BYTES",
  decimal: "FP64",
  uuid: "BYTES",
};

export function createMetadata(pipelines: Pipelines, predict: Pick<Predict, "serving">) {
  async function currentOf(name: string, asked: string | undefined) {
    const model = chooseModel(pipelines, name);
    const { pipeline, set } = model;
    // All sets of a pipeline can be asked or none can, so one that has learned nothing stands for them.
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
    /** Ready: it can predict now. Throws as `model` does where it cannot. */
    async ready(name: string, asked?: string): Promise<{ name: string; ready: true }> {
      return { name: (await currentOf(name, asked)).name, ready: true };
    },
  };
}

/** Without the target, which a prediction does not need. */
function inputMetadata({ recordFields, targetField }: Pipeline): readonly TensorMetadata[] {
  return recordFields
    .filter(({ name }) => name !== targetField)
    .map(({ name, type }) => ({ name, datatype: DATATYPES[type], shape: [-1] }));
}
