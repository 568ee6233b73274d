// featurize: a record becomes features, and a late label meets the features that were used.
//
//   F1  An observation always yields features.extracted, marked for learn where the truth is known by then, or the task learns
//       observations as they come.
//   F2  A label yields example.labelled where its observation came first; else the observation takes it along. Where its observation
//       was an example of its own, the label has an id of its own.
//   F3  What is stored first for a subject counts, for predicting and for learning: its x, its set, its times, its first label.
//   F4  An observation of a model set past the pipeline's limit of sets is a dead letter; its half of the join stays, so that
//       a redrive, once there is room, joins it with its label. No await comes before a put: halves are put in call order.
//   F5  A record that validate read under another file of the pipeline, on its way at an upgrade, has its new fields as this file's
//       defaults and its renamed ones under their new names.

import type { Clock } from "../lib/clock.ts";
import { RejectedError } from "../lib/errors.ts";
import { derive } from "../lib/events/derive.ts";
import { learnedId, observationKey, scoredId } from "../lib/events/identity.ts";
import { readEnvelope, readLabel, readObservation } from "../lib/events/payload.ts";
import { type Event, EventType, type ExampleData, type FeaturesData } from "../lib/events/vocabulary.ts";
import { checkNotAhead } from "../lib/events/window.ts";
import { tasks } from "../lib/learners/task.ts";
import { type Pipelines, pipelineOf } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { reserveSet } from "../lib/pipeline/reservation.ts";
import type { Handle } from "../lib/serve/step.ts";
import type { JoinStore, ModelSets } from "../lib/store/store.ts";
import type { Telemetry } from "../lib/telemetry/metrics.ts";

export interface FeaturizeDeps {
  readonly pipelines: Pipelines;
  readonly joins: JoinStore;
  readonly models: Pick<ModelSets, "reserve">;
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, "now">;
  /**
   * How `learn` gets its events, as its Trigger has it. Ordered, all examples of a model set go into one partition, so that
   * they are learned in their order and by one process; default: unordered, and the partition is the subject's.
   */
  readonly learnOrder?: "ordered" | "unordered";
}

export function createFeaturize({ pipelines, joins, models, telemetry, clock, learnOrder }: FeaturizeDeps): Handle {
  const partitionOf = (set: string) => (learnOrder === "ordered" ? { partitionkey: set } : {});

  return async (event) => {
    switch (event.type) {
      case EventType.observationValidated:
        return observation(event, pipelineOf(pipelines, event));
      case EventType.labelValidated:
        return label(event, pipelineOf(pipelines, event));
      default:
        throw new RejectedError("unknown-type", `featurize takes validated events, not ${event.type}`);
    }
  };

  async function observation(event: Event, pipeline: Pipeline): Promise<Event<FeaturesData>> {
    const { subject, recordedTime } = readEnvelope(event);
    checkNotAhead(recordedTime, clock.now());
    const { source, id } = clientOf(event);
    const { record: read, time = recordedTime, y } = readObservation(event);
    const record = pipeline.asOfNow(read); // F5
    const learned = learnedId({ source, id });
    const answer = await joins.putObservation({
      pipeline: pipeline.name,
      key: observationKey(pipeline.name, subject),
      source,
      id,
      learnedId: learned,
      set: pipeline.setOf(record),
      time,
      recordedTime,
      x: pipeline.extract(record),
      ...(y === undefined ? {} : { y }),
    });
    if (answer.outcome === "subject-taken") {
      throw new RejectedError(
        "subject-taken",
        `subject ${subject} belongs to event ${answer.id} from ${answer.source}; give each observation a subject of its own (ce-subject)`,
      );
    }
    await reserveSet(models, pipeline, answer.set);
    if (answer.conflict) telemetry.labels.inc({ pipeline: pipeline.name, outcome: "conflict" });
    const { set, x, y: truth } = answer;
    const recordedtime = new Date(answer.recordedTime).toISOString();
    return derive(event, {
      type: EventType.featuresExtracted,
      pipeline: pipeline.name,
      step: "featurize",
      // F3: what is stored, so that a redelivery says what the first delivery said.
      data: { set, time: answer.time, x, ...(truth === undefined ? {} : { y: truth }) },
      attributes: {
        ...partitionOf(set),
        recordedtime,
        ...(truth === undefined && !learnsObservations(pipeline) ? {} : { labelled: true, learnedid: learned }),
      },
    });
  }

  async function label(event: Event, pipeline: Pipeline): Promise<Event<ExampleData> | undefined> {
    const { subject, recordedTime } = readEnvelope(event);
    checkNotAhead(recordedTime, clock.now());
    const answer = await joins.putLabel({
      pipeline: pipeline.name,
      key: observationKey(pipeline.name, subject),
      eventId: event.id,
      recordedTime,
      y: readLabel(event).y,
    });
    telemetry.labels.inc({ pipeline: pipeline.name, outcome: answer.outcome });
    if (answer.outcome !== "joined") return undefined;
    const { set, time, x, y, served, learnedId: learned, recordedTime: observed } = answer.example;
    return derive(event, {
      type: EventType.exampleLabelled,
      pipeline: pipeline.name,
      step: "featurize",
      data: served === undefined ? { set, time, x, y } : { set, time, x, y, served },
      attributes: {
        ...partitionOf(set),
        learnedid: learnsObservations(pipeline) ? scoredId(learned) : learned,
        recordedtime: new Date(observed).toISOString(),
      },
    });
  }
}

function learnsObservations({ task }: Pipeline): boolean {
  return tasks[task].learns === "observations";
}

/** Whose event it was, as validate wrote it down. @throws RejectedError `payload`. */
function clientOf(event: Event): { source: string; id: string } {
  const { clientsource: source, clientid: id } = event as Event & { clientsource?: unknown; clientid?: unknown };
  if (typeof source === "string" && typeof id === "string") return { source, id };
  throw new RejectedError("payload", "clientsource or clientid is missing: this event did not come from validate");
}
