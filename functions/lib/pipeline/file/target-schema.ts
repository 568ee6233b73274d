// The target in the JSON Schema of a pipeline file.

import { DEFAULT_ALARM, TASKS } from "../../learners/task.ts";

type Schema = Readonly<Record<string, unknown>>;

/** @param name the schema of a field's name. */
export function targetSchema(name: Schema): Schema {
  return {
    description: "What is to be predicted.",
    type: "object",
    required: ["task"],
    properties: {
      field: {
        ...name,
        description:
          "A field of the event with the truth. An anomaly task needs none: with one its labels score the models, and teach nothing.",
      },
      task: {
        enum: TASKS,
        description:
          "A number (regression), true or false (binary), a label (multiclass), or how unusual an observation is (anomaly).",
      },
      positive: {
        type: ["string", "number", "boolean"],
        description:
          "Of a binary or an anomaly task: the value of the field that is true. Needed where the field is not true or false itself.",
      },
      threshold: {
        type: "number",
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        default: 0.5,
        description: "Of a binary task: the class is true where P(true) is above it.",
      },
      alarm: {
        type: "number",
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        default: DEFAULT_ALARM,
        description:
          "Of an anomaly task: a score is an alarm where it has reached this quantile of the model's scores so far, so 0.99 makes about one of a hundred observations an alarm.",
      },
    },
    additionalProperties: false,
  };
}
