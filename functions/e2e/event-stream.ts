// The events of a run: flights whose labels come late; some events are sent twice on purpose.

import type { Example } from "../feed/examples.ts";
import { type Outgoing, withLateLabels } from "../feed/late-labels.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";

/** Every so many events, one is sent a second time. */
const AGAIN = 10;

/** Each event once, and every tenth twice, observations and labels alike. */
export async function* withRepeats(examples: readonly Example[]): AsyncGenerator<Outgoing, void, void> {
  let n = 0;
  for await (const outgoing of withLateLabels(examples)) {
    yield outgoing;
    if (++n % AGAIN === 0) yield { event: outgoing.event, follows: outgoing };
  }
}

/** Names that need escaping in a header; none may get lost or be taken for another. */
export const NAMES = [
  ...["order q1", "50%", "100%25", "%41", 'the "Red Eye"'],
  ...["São Paulo", "Zürich", "Köln – Łódź", "東京", "大阪", "نيويورك", "✈️ 😀"],
] as const;

/** The first flights under these names: id and subject of the observation; the label's id is the name and `-arrival`. */
export function underNames(examples: readonly Example[]): readonly Example[] {
  return NAMES.flatMap((name, i) => {
    const { observation, label, ...at } = examples[i] ?? {};
    if (observation === undefined || label === undefined) return [];
    const named = { ...observation, id: name, subject: name };
    const event = { ...label.event, id: `${name}-arrival`, subject: name };
    return [{ at: 0, ...at, observation: named, label: { ...label, event } }];
  });
}

const poison = (id: string, pipeline: string, data: object): Event => ({
  specversion: "1.0",
  id,
  source: "/e2e",
  type: EventType.observation,
  subject: id,
  pipeline,
  datacontenttype: "application/json",
  data,
});

/** Can never be handled: its distance is not a number. */
export const MALFORMED = poison("malformed", "flights", {
  date: "2001-01-01T08:30:00Z",
  distance: "far",
  origin: "DTW",
  destination: "LAS",
});

/** Valid, but its pipeline is not deployed yet. */
export const EARLY = poison("early", "line", { x: 0.5, y: 1 });
