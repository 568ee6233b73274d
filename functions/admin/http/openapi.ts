// The OpenAPI 3.1 document of the admin API, made from the table of operations and the schemas that check its requests.

import type { TSchema } from "typebox";
import { acts, type Operation } from "../operation.ts";
import { CHANGES, operations, parametersOf } from "../operations.ts";
import { LetterGroups } from "../shapes/letter-groups.ts";
import { Me } from "../shapes/me.ts";
import { ModelSetPage } from "../shapes/model-sets.ts";
import * as moves from "../shapes/models.ts";
import * as shapes from "../shapes/shapes.ts";
import { Trace } from "../shapes/trace.ts";
import { Weights } from "../shapes/weights.ts";

type Json = Readonly<Record<string, unknown>>;

/** The answers, by the names under which others may refer to them. */
const components: Readonly<Record<string, TSchema>> = {
  Me,
  Status: shapes.Status,
  PipelineList: shapes.PipelineList,
  ModelSetPage,
  ModelSetDetail: shapes.ModelSetDetail,
  Weights,
  SnapshotList: moves.SnapshotList,
  RolledBack: moves.RolledBack,
  Cleared: moves.Cleared,
  ExportedModel: moves.ExportedModel,
  IdsPage: moves.IdsPage,
  ImportIdsRequest: moves.ImportIdsRequest,
  ImportRequest: moves.ImportRequest,
  Imported: moves.Imported,
  Trace,
  DeadLetterPage: shapes.DeadLetterPage,
  LetterGroups,
  DeadLetterDetail: shapes.DeadLetterDetail,
  DeadLetterSelection: shapes.DeadLetterSelection,
  Redriven: shapes.Redriven,
  Dropped: shapes.Dropped,
  ModelChange: shapes.ModelChange,
  DeadLetterSummary: shapes.DeadLetterSummary,
  Problem: shapes.Problem,
};

const EITHER = [{ token: [] }, { viewToken: [] }];

export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = { [CHANGES]: { get: changesEntry() } };
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: entryOf(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Wadi admin API",
      version,
      description:
        "Models, observations, dead letters and the state of one Wadi. Times are epoch milliseconds. A field may be added to an answer; none is renamed or taken away within a version of the API.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: EITHER,
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "may do all there is; wadi start prints it once; admin-token in the data folder",
        },
        viewToken: {
          type: "http",
          scheme: "bearer",
          description: "may look, and is refused what acts (403); WADI_VIEW_TOKEN of wadi start sets it",
        },
      },
    },
  };
}

function entryOf(operation: Operation): Json {
  const { name, summary, body, answer } = operation;
  const parameters = [...pathParameters(operation), ...queryParameters(operation)];
  return {
    operationId: name,
    summary,
    ...(acts(operation) && { security: [{ token: [] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: json(body) } }),
    responses: { 200: { description: summary, content: json(answer) }, default: problem },
  };
}

function pathParameters(operation: Operation): Json[] {
  const { properties = {} } = (operation.parameters ?? {}) as { properties?: Readonly<Record<string, TSchema>> };
  return parametersOf(operation).map((name) => ({
    name,
    in: "path",
    required: true,
    schema: properties[name] ?? { type: "string", minLength: 1 },
  }));
}

function queryParameters({ query }: Operation): Json[] {
  const { properties = {} } = (query ?? {}) as { properties?: Readonly<Record<string, Json>> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    ...(description !== undefined && { description }),
    schema,
  }));
}

function changesEntry(): Json {
  return {
    operationId: "changes",
    summary: "What changes, as server-sent events, until either side ends it",
    description:
      "`model` (data: ModelChange), `dead-letter` (data: DeadLetterSummary) and `status` (data: Status, at once and then when it changed). Of several commits to one model set between two looks the newest is sent. `id` is the number of the newest dead letter that was sent; with it as Last-Event-ID those after it follow. The token goes into the header here too: read the stream with fetch.",
    parameters: [{ name: "Last-Event-ID", in: "header", schema: { type: "string" } }],
    responses: {
      200: { description: "Events", content: { "text/event-stream": { schema: { type: "string" } } } },
      default: problem,
    },
  };
}

const problem = {
  description: "What went wrong",
  content: { "application/problem+json": { schema: reference(shapes.Problem) } },
};

function json(schema: TSchema): Json {
  return { "application/json": { schema: reference(schema) } };
}

function reference(schema: TSchema): Json {
  const [name] = Object.entries(components).find(([, one]) => one === schema) ?? [];
  return name === undefined ? (schema as Json) : { $ref: `#/components/schemas/${name}` };
}
