import { modelOperations } from "./models/operations.ts";
import type { Operation } from "./operation.ts";
import { ArchiveStatus } from "./shapes/archive.ts";
import { ClusterStatus } from "./shapes/cluster.ts";
import { EventTail, EventTailQuery } from "./shapes/events.ts";
import { LabelFigures } from "./shapes/labels.ts";
import { LetterGroups } from "./shapes/letter-groups.ts";
import { Me } from "./shapes/me.ts";
import { ModelSetPage, ModelSetsQuery } from "./shapes/model-sets.ts";
import * as replays from "./shapes/replays.ts";
import * as shapes from "./shapes/shapes.ts";
import { Trace } from "./shapes/trace.ts";
import { tryOperations } from "./tries/operations.ts";

const API = "/api/v1";
/** Server-sent events; no operation of the port, since it does not end. */
export const CHANGES = `${API}/changes`;

export const operations: readonly Operation[] = [
  {
    name: "me",
    method: "GET",
    path: `${API}/me`,
    summary: "What the token that is sent may do",
    answer: Me,
    run: async (_admin, { role }) => ({ role }),
  },
  {
    name: "status",
    method: "GET",
    path: `${API}/status`,
    summary: "What runs: triggers with their lag, rates, store, dead letters",
    answer: shapes.Status,
    run: (admin) => admin.status(),
  },
  {
    name: "cluster",
    method: "GET",
    path: `${API}/cluster`,
    summary:
      "On a cluster: each step with its pods and how long they took to come up; Broker, dead-letter sink, store, log",
    answer: ClusterStatus,
    run: (admin) => admin.cluster(),
  },
  {
    name: "archive",
    method: "GET",
    path: `${API}/archive`,
    summary: "The archive of accepted events: its table, its days, and how far it is behind the log",
    answer: ArchiveStatus,
    run: (admin) => admin.archive(),
  },
  {
    name: "pipelines",
    method: "GET",
    path: `${API}/pipelines`,
    summary: "The pipelines that are deployed",
    answer: shapes.PipelineList,
    run: (admin) => admin.pipelines(),
  },
  ...tryOperations(API),
  {
    name: "models",
    method: "GET",
    path: `${API}/models`,
    summary: "Model sets, by name, or the worst, newest or longest silent first",
    query: ModelSetsQuery,
    answer: ModelSetPage,
    run: (admin, { query }) => admin.models(query as ModelSetsQuery),
  },
  {
    name: "model",
    method: "GET",
    path: `${API}/models/{set}`,
    summary: "One model set: its models, their scores, its history",
    query: shapes.ModelQuery,
    answer: shapes.ModelSetDetail,
    run: (admin, { path, query }) => admin.model(path["set"] as string, query as shapes.ModelQuery),
  },
  ...modelOperations(`${API}/models/{set}`),
  {
    name: "trace",
    method: "GET",
    path: `${API}/observations/{pipeline}/{subject}`,
    summary: "The whole life of one observation",
    answer: Trace,
    run: (admin, { path }) => admin.trace(path["pipeline"] as string, path["subject"] as string),
  },
  {
    name: "labels",
    method: "GET",
    path: `${API}/labels/{pipeline}`,
    summary: "Labels of a pipeline: what waits, what came too late, how late labels come",
    answer: LabelFigures,
    run: (admin, { path }) => admin.labels(path["pipeline"] as string),
  },
  {
    name: "events",
    method: "GET",
    path: `${API}/events`,
    summary: "The newest events that this process's broker wrote down: clients', derived ones, dead letters",
    query: EventTailQuery,
    answer: EventTail,
    run: (admin, { query }) => admin.events(query as EventTailQuery),
  },
  {
    name: "deadLetters",
    method: "GET",
    path: `${API}/dead-letters`,
    summary: "Dead letters, newest first",
    query: shapes.DeadLetterQuery,
    answer: shapes.DeadLetterPage,
    run: (admin, { query }) => admin.deadLetters(query as shapes.DeadLetterQuery),
  },
  {
    name: "deadLetterGroups",
    method: "GET",
    path: `${API}/dead-letters/groups`,
    summary: "Dead letters by what went wrong: of the newest 10,000 at most, the largest group first",
    answer: LetterGroups,
    run: (admin) => admin.deadLetterGroups(),
  },
  {
    name: "redrive",
    method: "POST",
    path: `${API}/dead-letters/redrive`,
    summary: "Send dead letters again, oldest first",
    body: shapes.DeadLetterSelection,
    answer: shapes.Redriven,
    run: (admin, { body }) => admin.redrive(body as shapes.DeadLetterSelection),
  },
  {
    name: "drop",
    method: "POST",
    path: `${API}/dead-letters/drop`,
    summary: "Remove dead letters for good",
    body: shapes.DeadLetterSelection,
    answer: shapes.Dropped,
    run: (admin, { body }) => admin.drop(body as shapes.DeadLetterSelection),
  },
  {
    name: "deadLetter",
    method: "GET",
    path: `${API}/dead-letters/{number}`,
    summary: "One dead letter, with the event as it was given up",
    parameters: shapes.DeadLetterNumber,
    answer: shapes.DeadLetterDetail,
    run: (admin, { path }) => admin.deadLetter(Number(path["number"])),
  },
  {
    name: "startReplay",
    method: "POST",
    path: `${API}/replays`,
    summary: "Learn from the log again: into a new generation, or what the store has lost",
    body: replays.ReplayRequest,
    answer: replays.Replay,
    run: (admin, { body }) => admin.startReplay(body as replays.ReplayRequest),
  },
  {
    name: "replay",
    method: "GET",
    path: `${API}/replays/{number}`,
    summary: "How far a replay is, and at its end what came of it",
    parameters: replays.ReplayNumber,
    answer: replays.Replay,
    run: (admin, { path }) => admin.replay(Number(path["number"])),
  },
  {
    name: "stopReplay",
    method: "POST",
    path: `${API}/replays/{number}/stop`,
    summary: "Stop a replay; what it has learned stays",
    parameters: replays.ReplayNumber,
    answer: replays.Replay,
    run: (admin, { path }) => admin.stopReplay(Number(path["number"])),
  },
];

/** The names in its path, in order. */
export function parametersOf({ path }: Operation): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
}
