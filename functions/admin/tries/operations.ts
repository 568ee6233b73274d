// The operations of trying a pipeline, and of the generator of events.

import { MAX_DOOR_BODY_BYTES } from "../../lib/events/derive.ts";
import type { Operation } from "../operation.ts";
import * as generator from "../shapes/generator.ts";
import * as tries from "../shapes/tries.ts";

/** A file with its rows, as JSON text. */
const MAX_FILE_BODY_BYTES = 32 * 1024 * 1024;
const MAX_RECORD_BODY_BYTES = 256 * 1024;

export const tryOperations = (api: string): readonly Operation[] => [
  {
    name: "pipeline",
    method: "GET",
    path: `${api}/pipelines/{pipeline}`,
    summary: "One pipeline: the fields of its observations, its classes, its file",
    answer: tries.PipelineDetail,
    run: (admin, { path }) => admin.pipeline(path["pipeline"] as string),
  },
  {
    name: "predict",
    method: "POST",
    path: `${api}/pipelines/{pipeline}/predict`,
    summary: "Predict for a record; nothing is recorded",
    acts: false,
    body: tries.PredictRequest,
    maxBodyBytes: MAX_RECORD_BODY_BYTES,
    answer: tries.Predicted,
    run: (admin, { path, body }) => admin.predict(path["pipeline"] as string, body as tries.PredictRequest),
  },
  {
    name: "send",
    method: "POST",
    path: `${api}/events`,
    summary: "Send an observation or a label, which takes the way of any client's event",
    body: tries.SendRequest,
    maxBodyBytes: MAX_DOOR_BODY_BYTES,
    answer: tries.Sent,
    run: (admin, { body }) => admin.send(body as tries.SendRequest),
  },
  {
    name: "generator",
    method: "GET",
    path: `${api}/generator`,
    summary: "The generator of events: what it does, and how far it is",
    answer: generator.Generator,
    run: (admin) => admin.generator(),
  },
  {
    name: "startGenerator",
    method: "POST",
    path: `${api}/generator/start`,
    summary: "Send the rows of a line, a simulator or a file as events; one generator at a time",
    body: generator.GeneratorRequest,
    maxBodyBytes: MAX_FILE_BODY_BYTES,
    answer: generator.Generator,
    run: (admin, { body }) => admin.startGenerator(body as generator.GeneratorRequest),
  },
  {
    name: "turnGenerator",
    method: "POST",
    path: `${api}/generator/turn`,
    summary: "Change the rate of the generator, or its line, while it runs",
    body: generator.GeneratorTurn,
    answer: generator.Generator,
    run: (admin, { body }) => admin.turnGenerator(body as generator.GeneratorTurn),
  },
  {
    name: "stopGenerator",
    method: "POST",
    path: `${api}/generator/stop`,
    summary: "Stop the generator; what it has sent stays",
    answer: generator.Generator,
    run: (admin) => admin.stopGenerator(),
  },
];
