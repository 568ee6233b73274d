// The operations of one model set: weights, rollback, clearing, pins, export and import.

import type { Operation } from "../operation.ts";
import * as shapes from "../shapes/models.ts";
import { Weights, WeightsQuery } from "../shapes/weights.ts";

/** A state with large tables of what it has seen, and its history. */
const MAX_MODEL_BYTES = 32 * 1024 * 1024;
/** Some ten thousand ids. */
const MAX_IDS_BYTES = 1024 * 1024;

/** They also remove the generation before the last one, which may have ten million ids. */
const REMOVAL_MS = 600_000;

/** `path`: of one model set. */
export const modelOperations = (path: string): readonly Operation[] => [
  {
    name: "weights",
    method: "GET",
    path: `${path}/weights`,
    summary: "The weights of a model set's models that are sums, and how they moved",
    query: WeightsQuery,
    answer: Weights,
    run: (admin, input) => admin.weights(input.path["set"] as string, input.query as WeightsQuery),
  },
  {
    name: "snapshots",
    method: "GET",
    path: `${path}/snapshots`,
    summary: "What a model set can be rolled back to",
    answer: shapes.SnapshotList,
    run: (admin, input) => admin.snapshots(input.path["set"] as string),
  },
  {
    name: "rollback",
    method: "POST",
    path: `${path}/rollback`,
    summary: "Make a new version with an old state; what it replaces is kept",
    body: shapes.RollbackRequest,
    timeoutMs: REMOVAL_MS,
    answer: shapes.RolledBack,
    run: (admin, input) => admin.rollback(input.path["set"] as string, input.body as shapes.RollbackRequest),
  },
  {
    name: "clear",
    method: "POST",
    path: `${path}/clear`,
    summary: "Begin a model set anew from zero; a rollback to the generation that it replaces takes that back",
    body: shapes.ClearRequest,
    timeoutMs: REMOVAL_MS,
    answer: shapes.Cleared,
    run: (admin, input) => admin.clear(input.path["set"] as string, input.body as shapes.ClearRequest),
  },
  {
    name: "serve",
    method: "POST",
    path: `${path}/serve`,
    summary: "Pin the model that serves, or release the pin; a new version",
    body: shapes.ServeRequest,
    answer: shapes.Serves,
    run: (admin, input) => admin.serve(input.path["set"] as string, input.body as shapes.ServeRequest),
  },
  {
    name: "exportModel",
    method: "POST",
    path: `${path}/export`,
    summary: "State and history of a model set; where its ids are wanted too, commits wait until they are read",
    body: shapes.ExportRequest,
    answer: shapes.ExportedModel,
    run: (admin, input) => admin.exportModel(input.path["set"] as string, input.body as shapes.ExportRequest),
  },
  {
    name: "exportIds",
    method: "POST",
    path: `${path}/export/ids`,
    summary: "A page of the ids of a model set that is being exported",
    body: shapes.IdsRequest,
    answer: shapes.IdsPage,
    run: (admin, input) => admin.exportIds(input.path["set"] as string, input.body as shapes.IdsRequest),
  },
  {
    name: "importIds",
    method: "POST",
    path: `${path}/import/ids`,
    summary: "Import a page of the ids of a model set, before the set itself",
    body: shapes.ImportIdsRequest,
    maxBodyBytes: MAX_IDS_BYTES,
    answer: shapes.IdsAdded,
    run: (admin, input) => admin.importIds(input.path["set"] as string, input.body as shapes.ImportIdsRequest),
  },
  {
    name: "importModel",
    method: "POST",
    path: `${path}/import`,
    summary: "Import a model set and put it in force, with the ids that were imported before",
    body: shapes.ImportRequest,
    maxBodyBytes: MAX_MODEL_BYTES,
    timeoutMs: REMOVAL_MS,
    answer: shapes.Imported,
    run: (admin, input) => admin.importModel(input.path["set"] as string, input.body as shapes.ImportRequest),
  },
];
