// The flights of `wadi demo`, as many as are wanted: after the last the first come again, under new ids.

import type { Example } from "../functions/feed/examples.ts";
import { readFlights } from "../functions/feed/flights.ts";
import type { Event } from "../functions/lib/events/vocabulary.ts";

let known: readonly Example[] | undefined;

/** Observations `from` to `from + count`, each with its label inline. */
export function labelledFlights(from: number, count: number): Event[] {
  return flights(from, count, true);
}

/** The same without labels. */
export function flightsAtDeparture(from: number, count: number): Event[] {
  return flights(from, count, false);
}

function flights(from: number, count: number, labelled: boolean): Event[] {
  known ??= readFlights();
  const all = known;
  return Array.from({ length: count }, (_, i) => {
    const { observation, label } = all[(from + i) % all.length] as Example;
    const id = `flight-${from + i}`;
    const truth = labelled ? (label?.event.data as object) : {};
    return { ...observation, id, subject: id, data: { ...(observation.data as object), ...truth } };
  });
}
