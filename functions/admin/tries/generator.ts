// The generator's operations, where there is a generator.

import { UnsupportedError } from "../../lib/errors.ts";
import type { GeneratorPort } from "./generator-port.ts";
import type { TryAdmin } from "./try-admin.ts";

type Operations = Pick<TryAdmin, "generator" | "startGenerator" | "turnGenerator" | "stopGenerator">;

export function generatorOperations(generator: GeneratorPort | undefined): Operations {
  function port(): GeneratorPort {
    if (generator !== undefined) return generator;
    throw new UnsupportedError(
      "no-generator",
      "no events are made here; ask a Wadi that runs, or send them: wadi emit",
    );
  }
  return {
    generator: async () => port().read(),
    startGenerator: async (request) => port().start(request),
    turnGenerator: async (turn) => port().turn(turn),
    stopGenerator: async () => port().stop(),
  };
}
