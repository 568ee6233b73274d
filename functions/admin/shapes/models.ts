// The shapes of snapshots, rollback, export and import. `ModelFile` is the file that
// `wadi models export` writes.

import Type, { type Static } from "typebox";

const strict = { additionalProperties: false };
const time = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });
const count = (description: string) => Type.Integer({ minimum: 0, description });

/** Far beyond what is ever reached, and far below where numbers lose their ones. */
const MOST = 1e15;
const version = (description: string) => Type.Integer({ minimum: 1, maximum: MOST, description });
const Text = (description: string) => Type.String({ minLength: 1, maxLength: 1000, description });
const Values = Type.Record(Type.String(), Type.Number());

export const Snapshot = Type.Object(
  {
    version: count("the commit whose state it is"),
    time: time("when it was kept"),
    kept: Type.Union([Type.Literal("commit"), Type.Literal("rollback")], {
      description: "`commit`: one in so many; `rollback`: what a rollback replaced",
    }),
    count: count("examples learned by then"),
    metrics: Type.Record(Type.String(), Values, { description: "by model" }),
    forgets: count("examples learned by now that going back to it would forget"),
  },
  strict,
);

const Generation = Type.Object(
  { generation: Type.String(), version: count("commits"), count: count("examples learned") },
  strict,
);

export const SnapshotList = Type.Object(
  {
    set: Type.String(),
    pipeline: Type.String(),
    ...Generation.properties,
    champion: Type.String({ description: '"" where the pipeline is not deployed' }),
    items: Type.Array(Snapshot, { description: "newest first" }),
    previous: Type.Optional(
      Type.Object(Generation.properties, {
        ...strict,
        description: "the generation that was in force before, with its ids",
      }),
    ),
  },
  strict,
);

/** A snapshot's version, or the generation that was in force before: one of the two. */
export const RollbackRequest = Type.Object(
  {
    to: Type.Optional(version("of a snapshot")),
    generation: Type.Optional(Text("the one that was in force before")),
    replaces: Type.Optional(
      Type.Object(
        { generation: Text("in force then"), version: version("in force then") },
        {
          ...strict,
          description:
            "what the caller saw, where it matters: refused where the set was rolled back, or another generation put in force, since; what was learned since does not matter",
        },
      ),
    ),
  },
  strict,
);

const models = (description: string) => Type.Array(Type.String(), { description });

export const RolledBack = Type.Object(
  {
    set: Type.String(),
    ...Generation.properties,
    replaced: Type.Object(Generation.properties, { ...strict, description: "what was in force, and is kept" }),
    forgotten: Type.Optional(count("examples that were learned and are now forgotten; absent for a generation")),
    starting: models("models of the pipeline's file that were not there then: they start with nothing learned"),
  },
  strict,
);

export const ClearRequest = Type.Object({}, strict);

export const Cleared = Type.Object(
  {
    set: Type.String(),
    ...Generation.properties,
    replaced: Type.Object(Generation.properties, {
      ...strict,
      description: "what was in force, and is kept: a rollback to its generation takes the clearing back",
    }),
  },
  strict,
);

export const ServeRequest = Type.Object(
  { model: Type.Optional(Text("the model that is to serve, until the pin is released; absent: release it")) },
  strict,
);

export const Serves = Type.Object(
  {
    set: Type.String(),
    generation: Type.String(),
    version: count("from which it serves"),
    champion: Type.String({ description: "the model that serves" }),
    before: Type.String({ description: "the model that served until now" }),
    pinned: Type.Boolean({ description: "whether it serves until the pin is released" }),
  },
  strict,
);

export const ExportRequest = Type.Object(
  {
    ids: Type.Boolean({ description: "whether the learned ids are wanted too: then commits wait until they are read" }),
  },
  strict,
);

const Point = Type.Object(
  { version: version("the commit"), point: Type.Record(Type.String(), Type.Unknown()) },
  strict,
);

/** What is learned, without its ids. */
const model = {
  set: Text("the model set"),
  pipeline: Text("its pipeline"),
  generation: Text("the one it was"),
  version: version("commits"),
  revision: Type.String({ maxLength: 100, description: "of its last commit" }),
  state: Type.Object(
    {
      schema: Type.Integer(),
      pipelineRevision: Type.Integer({ minimum: 0, maximum: MOST }),
      count: Type.Integer({ minimum: 0, maximum: MOST }),
      scoredOnServed: Type.Integer({ minimum: 0, maximum: MOST }),
      onlyScored: Type.Optional(Type.Integer({ minimum: 0, maximum: MOST })),
      models: Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown())),
    },
    { description: "models and scores, as they are stored" },
  ),
  history: Type.Array(Point, { maxItems: 1000, description: "for plots, newest first" }),
};

export const ExportedModel = Type.Object(
  {
    ...model,
    hold: Type.Optional(
      Type.String({ description: "commits wait while pages of ids are asked for with it, some seconds each" }),
    ),
  },
  strict,
);

/** Ids of one pipeline's examples: 63-bit digests in decimal. `until`: when they may be forgotten, epoch milliseconds. */
export const LearnedIds = Type.Object(
  {
    until: Type.Number({ minimum: 0, maximum: MOST }),
    ids: Type.Array(Type.String({ pattern: "^(0|[1-9][0-9]{0,18})$" }), { maxItems: 10_000 }),
  },
  strict,
);

export const IdsRequest = Type.Object(
  {
    hold: Text("as the export answered it"),
    revision: Type.String({ maxLength: 100, description: "as the export answered it" }),
    after: Type.Optional(Type.String({ maxLength: 100, description: "`next` of the page before" })),
    stop: Type.Optional(Type.Boolean({ description: "no page is wanted any more: commits go on" })),
  },
  strict,
);

export const IdsPage = Type.Object(
  { items: Type.Array(LearnedIds), next: Type.Optional(Type.String({ description: "absent on the last page" })) },
  strict,
);

/** A name of its own for each import, so that two never mix. */
const ImportedGeneration = Type.String({
  pattern: "^imported-[0-9a-f]{16}$",
  description: "the generation that is imported",
});
const replace = Type.Boolean({ description: "also where the set has learned already" });

export const ImportIdsRequest = Type.Object(
  { generation: ImportedGeneration, replace, items: Type.Array(LearnedIds, { maxItems: 1000 }) },
  strict,
);

export const IdsAdded = Type.Object({ added: count("ids that are not expired yet, and are added") }, strict);

export const ImportRequest = Type.Object(
  {
    generation: ImportedGeneration,
    replace,
    ids: Type.Integer({ minimum: 0, maximum: MOST }),
    model: Type.Object(model, strict),
  },
  strict,
);

export const Imported = Type.Object(
  {
    set: Type.String(),
    ...Generation.properties,
    learnedIds: count("ids kept against learning twice"),
    replaced: Type.Optional(
      Type.Object(Generation.properties, { ...strict, description: "what was in force, and is kept" }),
    ),
    starting: models("models of the pipeline's file that the import lacks: they start with nothing learned"),
    leaving: models("models of the import that the pipeline's file lacks: they are removed"),
  },
  strict,
);

/** The file. Its fields may come in any order; `ids` is as long as it must be and is never read whole. */
export const ModelFile = Type.Object(
  {
    format: Type.Literal("wadi-model-set"),
    schema: Type.Literal(1),
    exportedAt: time("when it was written"),
    ...model,
    ids: Type.Array(LearnedIds),
    learnedIds: Type.Union([Type.Integer({ minimum: 0, maximum: MOST }), Type.Null()], {
      description: "how many there are in `ids`; null where they were left behind",
    }),
  },
  strict,
);

export type Snapshot = Static<typeof Snapshot>;
export type SnapshotList = Static<typeof SnapshotList>;
export type RollbackRequest = Static<typeof RollbackRequest>;
export type ClearRequest = Static<typeof ClearRequest>;
export type Cleared = Static<typeof Cleared>;
export type ServeRequest = Static<typeof ServeRequest>;
export type Serves = Static<typeof Serves>;
export type RolledBack = Static<typeof RolledBack>;
export type ExportRequest = Static<typeof ExportRequest>;
export type ExportedModel = Static<typeof ExportedModel>;
export type LearnedIds = Static<typeof LearnedIds>;
export type IdsRequest = Static<typeof IdsRequest>;
export type IdsPage = Static<typeof IdsPage>;
export type ImportIdsRequest = Static<typeof ImportIdsRequest>;
export type IdsAdded = Static<typeof IdsAdded>;
export type ImportRequest = Static<typeof ImportRequest>;
export type Imported = Static<typeof Imported>;
export type ModelFile = Static<typeof ModelFile>;
