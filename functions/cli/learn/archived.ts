// The events of an archive as examples: read by what a replay of it reads them by, and each label joined with its observation as
// featurize does. The first label of a subject counts; one that came before its observation is known with it.

import { acceptedOf } from "../../admin/replay/intake.ts";
import { eventsOf, type PipelineEvents } from "../../archive/events.ts";
import { type Days, pipelinesOf } from "../../archive/files.ts";
import { readRetention } from "../../lib/config.ts";
import { RejectedError } from "../../lib/errors.ts";
import { readEnvelope, readLabel, readObservation } from "../../lib/events/payload.ts";
import { type Event, EventType, type Target } from "../../lib/events/vocabulary.ts";
import { FailedError } from "../../lib/failure.ts";
import { tasks } from "../../lib/learners/task.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { DEFAULT_RETENTION, joinWindowMs } from "../../lib/retention.ts";
import { openTable } from "../archive/place.ts";
import type { CommandContext } from "../context.ts";
import type { Example, ExampleSource, Observed, Refused } from "./examples.ts";
import type { ArchiveInput } from "./options.ts";

/** A label of a subject: the `at`th event, counted from 0. */
interface Label {
  readonly y: Target;
  readonly at: number;
  /** When it was accepted, epoch milliseconds. */
  readonly time: number;
}

/** Labels, and subjects of observations, that are kept in mind: so memory has a limit. */
const MOST_KEPT = 5_000_000;

/** @throws FailedError where there is no archive; once it is read, where it has no event of the pipeline. */
export async function openArchivedExamples(
  { path, days }: ArchiveInput,
  pipeline: Pipeline,
  context: CommandContext,
  signal: AbortSignal,
): Promise<ExampleSource> {
  const table = await openTable(context, path);
  if (table.snapshot.files.size === 0) throw new FailedError(`the archive ${path} has no event yet`);
  const events = eventsOf(table, pipeline.name, days);
  const { types, check } = acceptedOf(pipeline, context.clock);
  const retention = { ...DEFAULT_RETENTION, ...readRetention(context.env) };
  let [found, bytesRead] = [0, 0];

  async function* pieces(): AsyncGenerator<Iterable<Example>> {
    const labels = await labelsOf(events, types, check, signal);
    if (signal.aborted) return;
    const join = createJoin(pipeline, labels, joinWindowMs(pipeline.labelHorizonMs, retention));
    let at = 0;
    for await (const some of events.read(types, (bytes) => (bytesRead += bytes))) {
      const examples: Example[] = [];
      for (const { event, time } of some) {
        const validated = await unlessRejected(() => check(event, time));
        const example = join(validated, at++, time);
        if (example !== undefined) examples.push({ ...example, i: found++ });
      }
      yield examples;
    }
    if (at === 0) throw noEvent(path, pipeline.name, days, pipelinesOf(table.snapshot));
  }

  return {
    pieces: pieces(),
    reading: () => ({ found, bytesRead, bytes: events.bytes }),
    spoilt: () => [],
    typed: false,
  };
}

function noEvent(path: string, pipeline: string, { from, to }: Days, names: readonly string[]): FailedError {
  const span = from === undefined && to === undefined ? "" : " of these days";
  const has =
    names.length === 0 ? "it has events of no pipeline that was known" : `it has events of ${names.join(", ")}`;
  return new FailedError(`the archive ${path} has no event of the pipeline ${pipeline}${span}; ${has}`);
}

type Check = (event: Event, time: number) => Promise<Event>;

async function unlessRejected(work: () => Promise<Event>): Promise<Event | RejectedError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RejectedError) return error;
    throw error;
  }
}

/** By subject, in the order of the events. @throws FailedError where there are too many. */
async function labelsOf(
  events: PipelineEvents,
  types: readonly string[],
  check: Check,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Label[]>> {
  const labels = new Map<string, Label[]>();
  let [at, kept] = [0, 0];
  for await (const some of events.read(types)) {
    if (signal.aborted) break;
    for (const { event, time } of some) {
      at++;
      if (event.type === EventType.observation) continue;
      const validated = await unlessRejected(() => check(event, time));
      if (validated instanceof RejectedError || validated.type !== EventType.labelValidated) continue;
      if (++kept > MOST_KEPT)
        throw new FailedError(`more than ${MOST_KEPT} labels are there: take fewer days, with --from and --to`);
      const { subject } = readEnvelope(validated);
      const known = labels.get(subject) ?? [];
      labels.set(subject, known);
      known.push({ y: readLabel(validated).y, at: at - 1, time });
    }
  }
  return labels;
}

/** Undefined for a label, and for an observation that came once more. */
type Join = (validated: Event | RejectedError, at: number, time: number) => Unnumbered | undefined;
type Unnumbered = Omit<Observed, "i"> | Omit<Refused, "i">;

function createJoin(pipeline: Pipeline, labels: ReadonlyMap<string, readonly Label[]>, windowMs: number): Join {
  /** By subject: whose it is, and since when. */
  const taken = new Map<string, { readonly client: string; readonly time: number }>();
  const learnsLate = tasks[pipeline.task].learns === "labels";

  return (validated, at, time) => {
    if (validated instanceof RejectedError) return { reason: validated.code, why: validated.message };
    if (validated.type !== EventType.observationValidated) return undefined;
    const { subject } = readEnvelope(validated);
    const client = JSON.stringify([validated["clientsource"], validated["clientid"]]);
    const former = taken.get(subject);
    if (former !== undefined && time - former.time <= windowMs) {
      if (former.client === client) return undefined;
      return { reason: "subject-taken", why: `the subject ${subject} belongs to an earlier observation` };
    }
    take(subject, client, time);
    const { record: read, y: along } = readObservation(validated);
    const record = pipeline.asOfNow(read);
    const observed = { set: pipeline.setOf(record), x: pipeline.extract(record), at };
    const label = labels.get(subject)?.find((one) => Math.abs(one.time - time) <= windowMs);
    if (label !== undefined && label.at < at) return { ...observed, y: label.y };
    if (along !== undefined) return { ...observed, y: along };
    return label === undefined || !learnsLate ? observed : { ...observed, y: label.y, due: label.at };
  };

  function take(subject: string, client: string, time: number): void {
    // The oldest is forgotten first.
    taken.delete(subject);
    taken.set(subject, { client, time });
    if (taken.size > MOST_KEPT) taken.delete(taken.keys().next().value as string);
  }
}
