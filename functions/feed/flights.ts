// 20,000 real flights of 2001: flights-20k of vega-datasets (US DOT data). A flight is observed at its departure; how late
// it was is known when it arrives.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { FailedError } from "../lib/failure.ts";
import type { Example } from "./examples.ts";
import { parseEventTime } from "./rows/event-time.ts";

interface Flight {
  /** `2001/01/01 00:47`, without a zone: read as UTC. */
  readonly date: string;
  /** Minutes; negative where it was early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

const MINUTE_MS = 60_000;
/** 480 miles an hour. */
const MILES_A_MINUTE = 8;

/** In the order of their departures. @throws FailedError where the data is not installed. */
export function readFlights(): readonly Example[] {
  const flights = JSON.parse(readData()) as readonly Flight[];
  return flights
    .map((flight) => ({ flight, departure: parseEventTime(flight.date) as number }))
    .sort((a, b) => a.departure - b.departure)
    .map(({ flight, departure }, i) => exampleOf(flight, departure, `flight-${i + 1}`));
}

function exampleOf({ delay, distance, origin, destination }: Flight, departure: number, id: string): Example {
  const arrival = departure + (Math.floor(distance / MILES_A_MINUTE) + delay) * MINUTE_MS;
  const due = Math.max(departure, arrival);
  const event = (type: string, eventId: string, time: number, data: object): Event => ({
    specversion: "1.0",
    id: eventId,
    source: "/airports",
    type,
    subject: id,
    time: new Date(time).toISOString(),
    pipeline: "flights",
    datacontenttype: "application/json",
    data,
  });
  return {
    at: departure,
    observation: event(EventType.observation, id, departure, {
      date: new Date(departure).toISOString(),
      distance,
      origin,
      destination,
    }),
    label: { due, event: event(EventType.label, `${id}-arrival`, due, { delay }) },
  };
}

function readData(): string {
  try {
    const entry = fileURLToPath(import.meta.resolve("vega-datasets"));
    return readFileSync(new URL("../data/flights-20k.json", `file://${entry}`), "utf8");
  } catch (error) {
    throw new FailedError("the flights are not installed (npm package vega-datasets); run `make install`", {
      cause: error,
    });
  }
}
