// The admin port on the store and the broker of this process: its parts.

import { randomBytes } from "node:crypto";
import type { Broker } from "../lib/broker/broker.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { UnsupportedError } from "../lib/errors.ts";
import { createMetric } from "../lib/learners/metrics/index.ts";
import { baselinesOf } from "../lib/pipeline/chain.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import type { Store } from "../lib/store/store.ts";
import type { Admin, ClusterPort, ReplayPort } from "./admin.ts";
import { createLabels } from "./labels.ts";
import { createLetterGroups } from "./letter-groups.ts";
import { createLetters } from "./letters.ts";
import { lifeOf } from "./life.ts";
import { createClear } from "./models/clear.ts";
import type { ExportDeps } from "./models/export-deps.ts";
import { createExportImport } from "./models/export-import.ts";
import { createModelSets } from "./models/model-sets.ts";
import { createPin } from "./models/pin.ts";
import { createRollback } from "./models/rollback.ts";
import { figuresOf } from "./models/stored-state.ts";
import { createWeights } from "./models/weights.ts";
import { pipelineNamed, pipelineNameOf, unknownSet } from "./names.ts";
import type { PipelineSummary } from "./shapes/shapes.ts";
import { createStatus, type StatusSources } from "./status.ts";
import { noTail, type Tail } from "./tail.ts";
import { generatorOperations } from "./tries/generator.ts";
import type { GeneratorPort } from "./tries/generator-port.ts";
import { detailOf } from "./tries/pipeline-detail.ts";
import { createTries } from "./tries/tries.ts";
import type { TryPort } from "./tries/try-port.ts";

export interface AdminOptions extends StatusSources {
  readonly broker: StatusSources["broker"] & Pick<Broker, "deadLetters">;
  /** Absent where nothing runs. */
  readonly tail?: Tail;
  /** Absent where Wadi is on no cluster. */
  readonly cluster?: ClusterPort;
  /** Absent where nobody carries them out. */
  readonly replays?: ReplayPort;
  /** Absent where nobody predicts and no event is taken. */
  readonly tries?: TryPort | undefined;
  /** Absent where no events are made. */
  readonly generator?: GeneratorPort | undefined;
  /** Events come through a Broker that may garble their names: Knative's. */
  readonly namesMaySpoil?: boolean;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export function createAdmin(options: AdminOptions): Admin {
  const {
    store,
    broker,
    pipelines,
    labelConflicts,
    replays,
    namesMaySpoil = false,
    clock = systemClock,
    tail = noTail,
  } = options;
  const deps = exportDeps(store, pipelines, clock);

  async function labelsOf(name: string): Promise<PipelineSummary["labels"]> {
    const counts = await store.joins.counts(name);
    return labelConflicts === undefined ? counts : { ...counts, conflicts: await labelConflicts(name) };
  }

  return {
    // Who has store and log may do all there is.
    me: async () => ({ role: "admin" }),
    status: createStatus(options, clock),
    async cluster() {
      if (options.cluster !== undefined) return options.cluster.read();
      throw new UnsupportedError(
        "no-cluster",
        "this Wadi is on no cluster: its steps are in its own process (GET /api/v1/status)",
      );
    },
    async pipelines() {
      const counted = [...pipelines.values()].map(async (one) => describePipeline(one, await labelsOf(one.name)));
      return { items: await Promise.all(counted) };
    },
    async pipeline(name) {
      const pipeline = pipelineNamed(pipelines, name);
      const summary = describePipeline(pipeline, await labelsOf(name));
      return detailOf(pipeline, summary, { models: store.models, tail, clock });
    },
    ...createTries({ pipelines, tries: options.tries, clock, models: store.models, letters: broker.deadLetters }),
    ...generatorOperations(options.generator),
    ...createModelSets(store.models, pipelines, clock),
    ...createWeights({ models: store.models, pipelines, known: deps.known }),
    ...createRollback(deps),
    ...createClear(deps),
    ...createPin(deps),
    ...createExportImport(deps),
    async trace(pipeline, subject) {
      const sources = { store, broker, alone: pipelines.size === 1, namesMaySpoil };
      return lifeOf(sources, pipelineNamed(pipelines, pipeline), subject);
    },
    ...createLabels(options, clock),
    events: (query) => tail.events(query),
    async archive() {
      if (options.archive !== undefined) return options.archive.read();
      throw new UnsupportedError(
        "no-archive",
        "this Wadi keeps no archive; start it with --archive <folder> (on a cluster set archive.location of the chart), and every event that it accepts stays there for good",
      );
    },
    ...createLetters(broker),
    ...createLetterGroups(broker),
    startReplay: async (request) => replayPort().start(request),
    replay: async (number) => replayPort().read(number),
    stopReplay: async (number) => replayPort().stop(number),
  };

  function replayPort(): ReplayPort {
    if (replays !== undefined) return replays;
    throw new UnsupportedError("no-replay", "nothing is replayed here; ask a Wadi that has the log");
  }
}

function exportDeps({ models, retention }: Store, pipelines: Pipelines, clock: Clock): ExportDeps {
  return {
    models,
    clock,
    retention,
    revision: () => randomBytes(16).toString("hex"),
    setPipeline: (set) => pipelineNamed(pipelines, pipelineNameOf(set, pipelines)),
    championOf(set, stored) {
      const pipeline = pipelines.get(pipelineNameOf(set, pipelines));
      return pipeline === undefined ? "" : figuresOf(stored, pipeline).champion;
    },
    async known(set) {
      if ((await models.head(set)).version === 0) throw await unknownSet(models, set);
      return pipelineNameOf(set, pipelines);
    },
  };
}

function describePipeline(pipeline: Pipeline, labels: PipelineSummary["labels"]): PipelineSummary {
  const { name, description, file, task, targetField, subjectField, labelHorizonMs, serve } = pipeline;
  return {
    name,
    description,
    file,
    task,
    ...(targetField !== undefined && { target: targetField }),
    labelHorizonMs,
    serve,
    ...(subjectField !== undefined && { subject: subjectField }),
    schemaVersions: [...pipeline.schemaVersions],
    fields: [...pipeline.fields],
    models: Object.keys(pipeline.models),
    baselines: [...baselinesOf(pipeline.models)],
    metrics: pipeline.metrics.map((spec) => createMetric(spec).name),
    labels,
  };
}
