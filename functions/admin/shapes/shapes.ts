// What the admin API answers, as JSON Schemas and, from the same text, as types. `wadi --json` prints these shapes.
// A field may be added; none is renamed or taken away within a version of the API.

import Type, { type Static } from "typebox";
import { ArchiveLag } from "./archive.ts";
import { DriftAtTime, HistoryPoint, RisenSet, Values } from "./history.ts";
import { Calibration, Coverage, Learning } from "./learning.ts";
import { StoreStatus } from "./store.ts";
import { TriggerFigures } from "./triggers.ts";
import { Verdict } from "./verdict.ts";

const time = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const strict = { additionalProperties: false };

const Event = Type.Record(Type.String(), Type.Unknown(), { description: "a CloudEvent, as structured mode writes it" });

export const Status = Type.Object(
  {
    version: Type.String({ description: "of Wadi" }),
    node: Type.String(),
    startedAt: Type.Optional(time("when this process started; absent where none runs")),
    url: Type.Optional(Type.String({ description: "where it takes events" })),
    onCluster: Type.Optional(
      Type.Literal(true, { description: "it is on a cluster, whose pods the operation `cluster` tells of" }),
    ),
    pipelines: Type.Array(Type.String()),
    received: Type.Optional(
      count(
        "events taken in from clients since the start; on a cluster since `countedSince`, and absent where the log is not read along with",
      ),
    ),
    countedSince: Type.Optional(
      time("on a cluster: since when the log is read along with, because somebody looks, and its events are counted"),
    ),
    perSecond: Type.Optional(
      Type.Number({ description: "of these a second, over the last ten; absent where it is not known" }),
    ),
    triggers: Type.Array(TriggerFigures),
    deadLetters: count("dead letters that are kept"),
    modelSets: count("model sets that have learned"),
    learned: Type.Optional(count("examples learned, in all model sets; absent where these are more than a hundred")),
    risen: Type.Optional(
      Type.Array(RisenSet, { description: "model sets whose champion's error has risen, where a detector told it" }),
    ),
    learning: Type.Optional(
      Type.Array(Learning, { description: "by pipeline; absent where nothing runs, or the store is away" }),
    ),
    labelConflicts: Type.Optional(
      count("labels since the start that differed from the first one and were not learned; absent where none runs"),
    ),
    store: StoreStatus,
    log: Type.Optional(
      Type.Object(
        {
          missing: Type.Optional(Type.String({ description: "what is wrong and the cure; absent where all is well" })),
          unmatched: Type.Optional(count("events from clients since the start that no trigger takes")),
          deadLettersDropped: Type.Optional(
            count("dead letters dropped since the start to make room for younger ones"),
          ),
        },
        { ...strict, description: "the broker's" },
      ),
    ),
    archive: Type.Optional(ArchiveLag),
    memoryBytes: Type.Optional(count("resident memory of the process")),
  },
  strict,
);

export const PipelineSummary = Type.Object(
  {
    name: Type.String(),
    description: Type.String(),
    file: Type.String(),
    task: Type.String(),
    target: Type.Optional(
      Type.String({ description: "the field of the truth; absent for an anomaly task without labels" }),
    ),
    subject: Type.Optional(
      Type.String({ description: "the field that names the observation; absent where the event's own subject does" }),
    ),
    labelHorizonMs: Type.Number(),
    schemaVersions: Type.Array(Type.Integer()),
    fields: Type.Array(Type.String(), { description: "of an observation" }),
    models: Type.Array(Type.String()),
    baselines: Type.Array(Type.String(), {
      description:
        "of these, the ones that take nothing from the features: a model that cannot beat them has learned nothing",
    }),
    serve: Type.String({ description: "the model that serves, or that serves first where the best one is chosen" }),
    metrics: Type.Array(Type.String()),
    labels: Type.Object(
      {
        opened: count("observations whose label was waited for, in the label horizon"),
        joined: count("of these, labelled"),
        expiredUnlabelled: count("whose label never came"),
        orphanedLabels: count("labels whose observation never came"),
        conflicts: Type.Optional(
          count("since the start: labels that differed from the first one, which stands; absent where none runs"),
        ),
      },
      strict,
    ),
  },
  strict,
);

export const ModelFigures = Type.Object(
  {
    name: Type.String(),
    serves: Type.Boolean(),
    isBaseline: Type.Optional(Type.Literal(true, { description: "it takes nothing from the features" })),
    challenges: Type.Optional(
      Type.String({ description: "the model that it replaces once it is better: it began anew at a drift" }),
    ),
    n: count("examples since it was added, but for those that were served before"),
    skipped: count("examples it skipped to stay finite"),
    leftOut: count("examples learned without a feature, as the state had no room for its name"),
    metrics: Values,
    coverage: Type.Optional(Coverage),
    calibration: Type.Optional(Calibration),
  },
  strict,
);

export const ModelSetSummary = Type.Object(
  {
    set: Type.String(),
    pipeline: Type.String(),
    generation: Type.String(),
    version: count("commits"),
    count: count("examples learned"),
    champion: Type.String(),
    isBaseline: Type.Optional(
      Type.Literal(true, { description: "of the champion: it takes nothing from the features" }),
    ),
    metrics: Values,
    last: Type.Optional(time("the last commit")),
  },
  strict,
);

export const ModelSetDetail = Type.Object(
  {
    set: Type.String(),
    pipeline: Type.String(),
    generation: Type.String(),
    version: count("commits"),
    revision: Type.String(),
    count: count("examples learned"),
    scoredOnServed: count("labels that were scored on the prediction that was served"),
    onlyScored: Type.Optional(
      count("late labels that were scored and not learned; only of an anomaly task, which learns observations"),
    ),
    learnedIds: count("ids kept against learning twice"),
    stateBytes: count("of the state in the store"),
    maxStateBytes: Type.Optional(
      count("about, of the state under the limit that it was learned by; absent where there is none, or none is told"),
    ),
    champion: Type.String(),
    pinned: Type.Optional(Type.String({ description: "the champion, where it was pinned by hand" })),
    models: Type.Array(ModelFigures),
    verdicts: Type.Record(Type.String(), Verdict, {
      description: "by metric: how good the model that serves is; none of a metric that makes no model better",
    }),
    drift: Type.Array(DriftAtTime, { description: "what detectors told in this history, newest first" }),
    history: Type.Array(HistoryPoint, { description: "newest first" }),
  },
  strict,
);

export const DeadLetterSummary = Type.Object(
  {
    number: Type.Integer(),
    step: Type.String(),
    time: time("when it was given up"),
    reason: Type.String(),
    status: Type.Optional(Type.Integer({ description: "of the last answer; absent where none came" })),
    type: Type.String(),
    source: Type.String(),
    id: Type.String(),
    subject: Type.Optional(Type.String()),
    pipeline: Type.Optional(Type.String()),
    redriven: count("how often it has been sent again"),
    message: Type.String({ description: "what the step said, in words" }),
  },
  strict,
);

export const DeadLetterDetail = Type.Object({ ...DeadLetterSummary.properties, event: Event }, strict);

/** `next` is the cursor of the next page; absent on the last one. */
export const page = <T extends Type.TSchema>(items: T) =>
  Type.Object({ items: Type.Array(items), next: Type.Optional(Type.String()) }, strict);

export const PipelineList = Type.Object({ items: Type.Array(PipelineSummary) }, strict);
export const DeadLetterPage = page(DeadLetterSummary);
export const Redriven = Type.Object({ redriven: count("dead letters sent again") }, strict);
export const Dropped = Type.Object({ dropped: count("dead letters removed for good") }, strict);

/** What one commit did; data of the event `model`. */
export const ModelChange = Type.Object(
  {
    set: Type.String(),
    pipeline: Type.String(),
    generation: Type.String(),
    version: count("the commit"),
    count: count("examples learned by then"),
    metrics: Type.Record(Type.String(), Values, { description: "by model" }),
  },
  strict,
);

export const Problem = Type.Object(
  {
    type: Type.String({ description: "`urn:wadi:problem:` and a code that stays" }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: "what is wrong and what helps" }),
    instance: Type.String({ description: "the path that was asked for" }),
    errors: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), problem: Type.String() }, strict), {
        description: "of each field at fault, `query.limit` or `body.numbers.0`",
      }),
    ),
  },
  { ...strict, description: "RFC 9457" },
);

export const PageQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
    after: Type.Optional(Type.String({ maxLength: 300, description: "`next` of the page before" })),
  },
  strict,
);

const filters = {
  step: Type.Optional(Type.String({ maxLength: 100 })),
  reason: Type.Optional(Type.String({ maxLength: 100 })),
  pipeline: Type.Optional(Type.String({ maxLength: 100, description: "that the event names" })),
  since: Type.Optional(time("given up at or after")),
  until: Type.Optional(time("given up before")),
};

export const DeadLetterQuery = Type.Object({ ...filters, ...PageQuery.properties }, strict);

/** Numbers, or a filter, or `all`: what is to be sent again or dropped. Nothing given is refused, never taken for all. */
export const DeadLetterSelection = Type.Object(
  {
    ...filters,
    numbers: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: 1000 })),
    all: Type.Optional(Type.Boolean()),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: 1000, description: "at most so many, oldest first" }),
    ),
  },
  { ...strict, minProperties: 1 },
);

export const ModelQuery = Type.Object(
  {
    history: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, default: 100, description: "points at most" })),
    after: Type.Optional(
      Type.Integer({ minimum: 0, description: "points of later versions alone: what a reader lacks" }),
    ),
  },
  strict,
);

export const DeadLetterNumber = Type.Object({ number: Type.Integer({ minimum: 1 }) }, strict);

export type Status = Static<typeof Status>;
export type PipelineSummary = Static<typeof PipelineSummary>;
export type PipelineList = Static<typeof PipelineList>;
export type ModelSetSummary = Static<typeof ModelSetSummary>;
export type ModelSetDetail = Static<typeof ModelSetDetail>;
export type ModelFigures = Static<typeof ModelFigures>;
export type DeadLetterSummary = Static<typeof DeadLetterSummary>;
export type DeadLetterDetail = Static<typeof DeadLetterDetail>;
export type DeadLetterPage = Static<typeof DeadLetterPage>;
export type DeadLetterQuery = Static<typeof DeadLetterQuery>;
export type DeadLetterSelection = Static<typeof DeadLetterSelection>;
export type PageQuery = Static<typeof PageQuery>;
export type ModelQuery = Static<typeof ModelQuery>;
export type ModelChange = Static<typeof ModelChange>;
export type Problem = Static<typeof Problem>;
export type Redriven = Static<typeof Redriven>;
export type Dropped = Static<typeof Dropped>;
