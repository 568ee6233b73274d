// Where the synchronous door hangs.

import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { JsonRoute } from "../lib/serve/route.ts";
import type { Predict } from "./handler.ts";
import { createInfer } from "./infer.ts";
import { createMetadata, serverMetadata } from "./metadata.ts";
import { openApiDocument } from "./openapi.ts";
import { binaryRefused } from "./parameters.ts";
import type { JsonSchema } from "./record-schema.ts";
import { createRecorder, type RecorderDeps } from "./recorder.ts";

const MAX_INFER_BODY_BYTES = 256 * 1024;

export interface InferenceDeps extends Omit<RecorderDeps, "serve"> {
  readonly pipelines: Pipelines;
  readonly predict: Predict;
}

export function inferRoutes({ pipelines, predict, ...recording }: InferenceDeps): readonly JsonRoute[] {
  const record = createRecorder({ ...recording, serve: predict.serve });
  const infer = createInfer({ pipelines, predict, record });
  const metadata = createMetadata(pipelines, predict);
  let document: JsonSchema | undefined;
  const get = (path: string, reply: JsonRoute["reply"]): JsonRoute => ({ method: "GET", path, maxBodyBytes: 0, reply });
  const routesOf = (model: string): readonly JsonRoute[] => [
    get(model, ({ name, version }) => metadata.model(name as string, version)),
    get(`${model}/ready`, ({ name, version }) => metadata.ready(name as string, version)),
    {
      path: `${model}/infer`,
      maxBodyBytes: MAX_INFER_BODY_BYTES,
      async reply({ name, version }, body, { headers }) {
        // How the binary tensor extension says where its JSON ends.
        const binary = "inference-header-content-length";
        if (headers[binary] !== undefined) throw binaryRefused(binary);
        return infer(name as string, body, version);
      },
    },
  ];
  return [
    get("/v2", async () => serverMetadata),
    get("/v2/openapi.json", async () => {
      document ??= openApiDocument(pipelines); // not at the start, which may be a cold one
      return document;
    }),
    ...routesOf("/v2/models/:name"),
    ...routesOf("/v2/models/:name/versions/:version"),
  ];
}
