// What there is of Wadi on a cluster, as `wadi status --cluster --json` writes it and `GET /api/v1/cluster` answers. As with the other shapes: a field may
// be added, none is renamed or taken away.

import Type, { type Static } from "typebox";
import { ArchiveLag } from "./archive.ts";
import { ModelSetSummary } from "./shapes.ts";

const strict = { additionalProperties: false };
const count = (description: string) => Type.Integer({ minimum: 0, description });

export const ClusterProblem = Type.Object(
  {
    reason: Type.String({ description: "Kubernetes's or Knative's own word for it, as in ImagePullBackOff" }),
    message: Type.String({ description: "what is wrong, in plain words" }),
    cure: Type.String({ description: "what to do" }),
  },
  strict,
);

/** `waits`: it is still being made ready. */
const State = Type.Union([Type.Literal("ready"), Type.Literal("waits"), Type.Literal("fails")]);

const Pods = Type.Object(
  {
    ready: count("pods that take requests"),
    starting: count("pods that do not yet"),
    ending: count("pods that finish what they have, and go"),
  },
  strict,
);

export const ClusterRevision = Type.Object(
  {
    name: Type.String(),
    state: State,
    image: Type.String(),
    percent: Type.Integer({ minimum: 0, maximum: 100, description: "of the requests" }),
    pods: Pods,
  },
  strict,
);

const Condition = Type.Object(
  {
    name: Type.String(),
    state: State,
    problem: Type.Optional(ClusterProblem),
  },
  strict,
);

export const ClusterPod = Type.Object(
  {
    name: Type.String(),
    revision: Type.Optional(Type.String()),
    state: Type.Union([Type.Literal("starting"), Type.Literal("ready"), Type.Literal("ending")]),
    ageSeconds: Type.Number({ minimum: 0, description: "since it was created" }),
    coldStartSeconds: Type.Optional(
      Type.Number({ minimum: 0, description: "from created to ready; absent while it is starting" }),
    ),
  },
  strict,
);

export const ClusterStep = Type.Object(
  {
    name: Type.String(),
    state: State,
    problem: Type.Optional(ClusterProblem),
    pods: Pods,
    eachPod: Type.Array(ClusterPod, { description: "those that there are now, the oldest first" }),
    coldStartSeconds: Type.Optional(
      Type.Number({
        minimum: 0,
        description:
          "from created to ready, the median of the last ten pods; the dashboard also knows those that are gone; absent where none is known",
      }),
    ),
    min: count("pods at least"),
    max: Type.Optional(count("pods at most; absent: any number")),
    revision: Type.Optional(Type.String({ description: "the latest one that is ready; absent where none ever was" })),
    revisions: Type.Array(ClusterRevision, {
      description: "those that have pods or requests, and the newest; two or more while one takes over",
    }),
    trigger: Type.Optional(Condition),
    lag: Type.Optional(count("events in the log that are not known to be handled; absent where the log was not read")),
  },
  strict,
);

const Service = (what: string) =>
  Type.Object(
    {
      kind: Type.String(),
      at: Type.Optional(Type.String({ description: "its address as the cluster has it, without passwords" })),
      missing: Type.Optional(Type.String({ description: "what is wrong and the cure; absent where all is well" })),
    },
    { ...strict, description: what },
  );

export const ClusterStatus = Type.Object(
  {
    context: Type.String({ description: "of the kube config; the dashboard's own cluster is `in-cluster`" }),
    namespace: Type.String(),
    steps: Type.Array(ClusterStep),
    broker: Type.Optional(
      Type.Object(
        {
          name: Type.String(),
          class: Type.String(),
          url: Type.Optional(Type.String({ description: "where it takes events, as the cluster sees it" })),
          state: State,
          problem: Type.Optional(ClusterProblem),
        },
        strict,
      ),
    ),
    sink: Type.Optional(
      Type.Object(
        {
          kind: Type.String({ description: "KafkaSink, or another kind of place" }),
          name: Type.String(),
          topic: Type.Optional(Type.String()),
          state: State,
          problem: Type.Optional(ClusterProblem),
        },
        { ...strict, description: "where dead letters go" },
      ),
    ),
    store: Service("where models, joins and learned ids are"),
    log: Service("where the Broker keeps its events"),
    deadLetters: Type.Optional(count("that are kept; absent where they were not read")),
    archive: Type.Optional(ArchiveLag),
    pipelines: Type.Array(Type.String()),
    models: Type.Optional(
      Type.Array(ModelSetSummary, { description: "absent where the store was not asked for them" }),
    ),
  },
  strict,
);

export type ClusterPod = Static<typeof ClusterPod>;
export type ClusterProblem = Static<typeof ClusterProblem>;
export type ClusterRevision = Static<typeof ClusterRevision>;
export type ClusterStep = Static<typeof ClusterStep>;
export type ClusterStatus = Static<typeof ClusterStatus>;
export type ClusterState = Static<typeof State>;
export type ClusterPods = Static<typeof Pods>;
