import type { Build } from "../lib/serve/build.ts";
import { createFeaturize } from "./handler.ts";

export const build = (({ pipelines, store, clock, telemetry, settings }) => {
  const { joins, models } = store;
  const { learnOrder } = settings;
  return {
    handle: createFeaturize({ pipelines, joins, models, clock, telemetry, ...(learnOrder && { learnOrder }) }),
  };
}) satisfies Build;
