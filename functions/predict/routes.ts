// The paths for synchronous predictions.

import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { PlainRequest, PlainRoute } from "../lib/serve/route.ts";
import { answerOfJson } from "../lib/serve/status.ts";
import { JSON_LENGTH_HEADER, writeAnswer } from "./binary.ts";
import type { Predict } from "./handler.ts";
import { createInfer } from "./infer.ts";
import { createMetadata, serverMetadata } from "./metadata.ts";
import { openApiDocument } from "./openapi.ts";
import type { JsonSchema } from "./record-schema.ts";
import { createRecorder, type RecorderDeps } from "./recorder.ts";
import { readRequest } from "./request.ts";

const MAX_INFER_BODY_BYTES = 256 * 1024;

export interface InferenceDeps extends Omit<RecorderDeps, "serve"> {
  readonly pipelines: Pipelines;
  readonly predict: Predict;
}

export function inferRoutes({ pipelines, predict, ...recording }: InferenceDeps): readonly PlainRoute[] {
  const record = createRecorder({ ...recording, serve: predict.serve });
  const infer = createInfer({ pipelines, predict, record });
  const metadata = createMetadata(pipelines, predict);
  let document: JsonSchema | undefined;
  const get = (path: string, reply: (parameters: PlainRequest["parameters"]) => Promise<unknown>): PlainRoute => {
    return {
      method: "GET",
      path,
      maxBodyBytes: 0,
      answer: async ({ parameters }) => answerOfJson(await reply(parameters)),
    };
  };
  const routesOf = (model: string): readonly PlainRoute[] => [
    get(model, ({ name, version }) => metadata.model(name as string, version)),
    get(`${model}/ready`, ({ name, version }) => metadata.ready(name as string, version)),
    {
      method: "POST",
      path: `${model}/infer`,
      maxBodyBytes: MAX_INFER_BODY_BYTES,
      async answer({ parameters: { name, version }, body, headers }) {
        // Of a header that is sent twice, Node makes one with a comma.
        const jsonLength = headers[JSON_LENGTH_HEADER.toLowerCase()] as string | undefined;
        const request = readRequest(body, jsonLength);
        return writeAnswer(await infer(name as string, request, version), request.isBinary);
      },
    },
  ];
  return [
    get("/v2", async () => serverMetadata),
    get("/v2/openapi.json", async () => {
      document ??= openApiDocument(pipelines); // not at the start, which may be a cold start
      return document;
    }),
    ...routesOf("/v2/models/:name"),
    ...routesOf("/v2/models/:name/versions/:version"),
  ];
}
