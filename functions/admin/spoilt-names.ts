// Names that a broker may have spoilt. Knative's Broker writes a `?` into a header for each character beyond Latin-1, unless
// it was percent-encoded, as binary mode has it: then names that differ become one, and an observation is taken for another.

import type { EventLog } from "../lib/broker/event-log.ts";
import { maybeSpoilt } from "../lib/events/header-text.ts";
import { EventType } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";

export const SPOILT_CURE =
  "send in CloudEvents' binary mode, whose headers are percent-encoded, or name the field that is the subject (event.subject in the pipeline file)";

/** Why the names of an observation may be those of several; undefined where they are whole. */
export function whySpoilt(subject: string, id: string | undefined): string | undefined {
  const spoilt = maybeSpoilt(subject) ? "subject" : id !== undefined && maybeSpoilt(id) ? "id" : undefined;
  if (spoilt === undefined) return undefined;
  const why = `its ${spoilt} holds a ?, which the Broker puts in place of characters that it cannot carry in a header`;
  return `${why}: other observations may have the same name. If so, ${SPOILT_CURE}`;
}

/** Of each partition. */
const LOOKED_AT = 500;

export interface SpoiltNames {
  readonly lookedAt: number;
  readonly spoilt: number;
  /** One of them: `<attribute> <value> of <pipeline>`. */
  readonly example?: string;
}

/** Among the newest observations and labels of pipelines whose body does not name the observation. */
export async function findSpoiltNames(log: EventLog, pipelines: Pipelines): Promise<SpoiltNames> {
  const [start, end] = await Promise.all([log.start(), log.end()]);
  const from = end.map((next, partition) => Math.max(start[partition] ?? 0, next - LOOKED_AT));
  const [only] = pipelines.size === 1 ? pipelines.keys() : [];
  let [lookedAt, spoilt] = [0, 0];
  let example: string | undefined;
  for await (const { events } of log.read(from, end, [EventType.observation, EventType.label])) {
    for (const { id, subject = id, ...more } of events) {
      lookedAt++;
      const name = String(more["pipeline"] ?? only);
      if (whySpoilt(subject, id) === undefined || pipelines.get(name)?.subjectField !== undefined) continue;
      spoilt++;
      const [attribute, value] = maybeSpoilt(subject) ? ["subject", subject] : ["id", id];
      example ??= `${attribute} ${JSON.stringify(value)} of ${name}`;
    }
  }
  return { lookedAt, spoilt, ...(example !== undefined && { example }) };
}
