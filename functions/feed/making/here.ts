// The generator on the broker of this process.

import type { GeneratorTools } from "../../admin/tries/generator-port.ts";
import { brokerDoor } from "./door.ts";
import { createGenerator, type GeneratorHere } from "./generator.ts";

export function generatorHere({ broker, clock, ...tools }: GeneratorTools): GeneratorHere {
  return createGenerator({ ...tools, clock, door: brokerDoor(broker, clock) });
}
