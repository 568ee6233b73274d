import type { Build, StepTools } from "../lib/serve/build.ts";
import { createValidate } from "./handler.ts";

export const build: Build<StepTools> = ({ pipelines, clock, telemetry, settings }) => ({
  handle: createValidate({
    pipelines,
    clock,
    ...(settings.namesMaySpoil === true && {
      maybeSpoilt: (pipeline, attribute) => telemetry.spoiltNames.inc({ pipeline, attribute }),
    }),
  }),
});
