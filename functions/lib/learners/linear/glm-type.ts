// The options that generalized linear models have in common: what differs is the loss, the truth and the link.

import type { LearnerType, Part } from "../learner.ts";
import { make, partSchema, type Registry, withDefaults } from "../named-part.ts";
import type { Task } from "../task.ts";
import { createGlm, type GlmOptions } from "./glm.ts";
import type { Gradient } from "./loss.ts";
import { optimizers } from "./optimizer.ts";
import { createSchedule, scheduleSchema } from "./schedule.ts";

interface Kind extends Pick<GlmOptions, "truthOf" | "link" | "unit"> {
  readonly name: string;
  readonly task: Task;
  readonly losses: Registry<Gradient>;
  /** The name of the loss that it has by default. */
  readonly loss: string;
}

const penalty = { type: "number", minimum: 0, default: 0 };

export const L2 = penalty;

export const CLIP = { type: "number", exclusiveMinimum: 0, default: 1e12, description: "Bound of dL/dp." };

export function glmType({ name, task, losses, loss, truthOf, link, unit }: Kind): LearnerType {
  const properties = {
    loss: { ...partSchema(losses, `What an error costs. Default: ${loss}.`), default: loss },
    optimizer: {
      ...partSchema(optimizers, "How a gradient changes a weight. Default: sgd with rate 0.01."),
      default: "sgd",
    },
    interceptLearningRate: { ...scheduleSchema, default: 0.01, description: "0 keeps the intercept as it is." },
    interceptInit: { type: "number", default: 0 },
    l1: penalty,
    l2: L2,
    clipGradient: CLIP,
  };
  return {
    name,
    role: "predictor",
    isGradient: true,
    tasks: [task],
    options: {
      type: "object",
      additionalProperties: false,
      properties,
      not: { required: ["l1", "l2"], properties: { l1: { exclusiveMinimum: 0 }, l2: { exclusiveMinimum: 0 } } },
    },
    create(given) {
      const options = withDefaults(properties, given);
      return createGlm({
        truthOf,
        link,
        unit,
        gradient: make(losses, options["loss"] as Part),
        optimizer: make(optimizers, options["optimizer"] as Part),
        interceptRate: createSchedule(options["interceptLearningRate"] as number | Part),
        interceptInit: options["interceptInit"] as number,
        l1: options["l1"] as number,
        l2: options["l2"] as number,
        clip: options["clipGradient"] as number,
      });
    },
  };
}
