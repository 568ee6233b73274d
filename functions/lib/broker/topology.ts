// Which step takes which events, and how: read from `steps:` of the chart's values, so that it is written once.

import { readFileSync } from "node:fs";
import { isoDurationMs } from "../duration.ts";
import { asError, ConfigurationError } from "../errors.ts";
import { parseYaml } from "../pipeline/file/yaml.ts";
import type { Delivery, Trigger } from "./broker.ts";
import { checkFilters } from "./filter.ts";

const NAME = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

type Values = Readonly<Record<string, unknown>>;

/** In the order of the file. @throws ConfigurationError with file, path and cure. */
export function readTopology(valuesFile: string): readonly Trigger[] {
  let text: string;
  try {
    text = readFileSync(valuesFile, "utf8");
  } catch (error) {
    const message = `${valuesFile} cannot be read (${asError(error).message}): name the values file of the chart`;
    throw new ConfigurationError(message, { cause: error });
  }
  const values = mapAt(parseYaml(text, valuesFile), `${valuesFile}: the file`);
  const steps = Object.entries(mapAt(values["steps"], `${valuesFile}: steps`));
  if (steps.length === 0) throw new ConfigurationError(`${valuesFile}: steps is empty: name at least one step`);
  return steps.map(([name, step]) => triggerOf(name, step, `${valuesFile}: steps.${name}`));
}

function triggerOf(name: string, value: unknown, where: string): Trigger {
  if (!NAME.test(name)) {
    throw new ConfigurationError(`${where} is no name of a step: use lower-case letters, digits and dashes`);
  }
  const step = mapAt(value, where);
  return {
    name,
    filters: checkFilters(step["filters"], `${where}.filters`),
    order: oneOf(step["order"], ["ordered", "unordered"] as const, `${where}.order`),
    concurrency: integerAt(step["concurrency"], 1, 1000, `${where}.concurrency`),
    delivery: deliveryOf(step["delivery"], `${where}.delivery`),
  };
}

/** The whole block must be there: a Trigger's delivery replaces the Broker's, it is not merged with it. */
function deliveryOf(value: unknown, where: string): Delivery {
  const delivery = mapAt(value, where);
  return {
    retry: integerAt(delivery["retry"], 0, 1000, `${where}.retry`),
    backoffPolicy: oneOf(delivery["backoffPolicy"], ["linear", "exponential"] as const, `${where}.backoffPolicy`),
    backoffDelay: durationAt(delivery["backoffDelay"], `${where}.backoffDelay`),
    timeout: durationAt(delivery["timeout"], `${where}.timeout`),
  };
}

function mapAt(value: unknown, where: string): Values {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Values;
  throw new ConfigurationError(`${where} ${value === undefined ? "is missing: write a map" : "must be a map"}`);
}

function oneOf<T extends string>(value: unknown, choices: readonly T[], where: string): T {
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw new ConfigurationError(`${where} is ${JSON.stringify(value)}: write ${choices.join(" or ")}`);
}

function integerAt(value: unknown, min: number, max: number, where: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ConfigurationError(`${where} is ${JSON.stringify(value)}: write a whole number from ${min} to ${max}`);
}

function durationAt(value: unknown, where: string): string {
  if (isoDurationMs(value, where) > 0) return value as string;
  throw new ConfigurationError(`${where} is ${JSON.stringify(value)}: write a duration above zero`);
}
