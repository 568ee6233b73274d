// Where the synchronous door hangs.

import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { JsonRoute } from "../lib/serve/server.ts";
import type { Predict } from "./handler.ts";
import { createInfer } from "./infer.ts";

const MAX_INFER_BODY_BYTES = 256 * 1024;

export function inferRoutes(pipelines: Pipelines, predict: Predict): readonly JsonRoute[] {
  const infer = createInfer(pipelines, predict);
  return [
    {
      path: "/v2/models/:pipeline/infer",
      maxBodyBytes: MAX_INFER_BODY_BYTES,
      reply: ({ pipeline }, body) => infer(pipeline as string, body),
    },
  ];
}
