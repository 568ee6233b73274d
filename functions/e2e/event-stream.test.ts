import { expect, test } from "vitest";
import { readFlights } from "../feed/flights.ts";
import { readEvent, writeEvent } from "../lib/events/codec.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { readChartFile as read } from "./chart-files.ts";
import { NAMES, underNames, withRepeats } from "./event-stream.ts";
import { ADDED, LATER, pipelineFiles, REMOVED, STAYING } from "./pipeline-files.ts";

async function sent(flights: number): Promise<Event[]> {
  const events: Event[] = [];
  for await (const { event } of withRepeats(readFlights().slice(0, flights))) events.push(event);
  return events;
}

test("each flight and its label is sent, one event in ten twice, and some labels come after later flights", async () => {
  const events = await sent(500);

  const ids = events.map(({ id }) => id);
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  const label = events.findIndex(({ type }) => type === EventType.label);
  expect(new Set(ids).size).toBe(1000);
  expect(twice).toHaveLength(100);
  expect(new Set(twice.map((id) => id.endsWith("-arrival"))).size).toBe(2);
  expect(label).toBeGreaterThan(1);
});

test("an event that is sent twice is the same one, its label behind it", async () => {
  const events = await sent(100);

  const first = new Map<string, Event>();
  for (const event of events) expect(first.get(event.id) ?? event).toBe(first.set(event.id, event).get(event.id));
  const place = (id: string) => events.findIndex((event) => event.id === id);
  expect(place("flight-7-arrival")).toBeGreaterThan(place("flight-7"));
});

test("flights under names that no header can carry keep them, each its own, on the way through a Broker", () => {
  const flights = underNames(readFlights());

  const through = (event: Event) => {
    const headers = Object.entries(writeEvent(event).headers).map(([name, value]) => [name, String(value)] as const);
    expect(headers.every(([, value]) => /^[ -~]*$/.test(value))).toBe(true);
    return readEvent(headers.flat(), Buffer.alloc(0));
  };
  const seen = flights.map(({ observation, label }) => [through(observation), through(label?.event as Event)] as const);
  expect(seen.map(([{ id, subject }]) => [id, subject])).toEqual(NAMES.map((name) => [name, name]));
  expect(seen.map(([, { id, subject }]) => [id, subject])).toEqual(NAMES.map((name) => [`${name}-arrival`, name]));
  expect(new Set(NAMES).size).toBe(NAMES.length);
  expect(NAMES.join("")).not.toContain("?");
});

test("the upgrade takes one model away and brings another, and a second pipeline", () => {
  const { before, after } = pipelineFiles(read("flights"), read("line"));

  const modelsOf = (text = "") => Object.keys(parsePipeline(text, "flights.yaml").models).sort();
  expect(modelsOf(before["flights"])).toEqual([...STAYING, REMOVED].sort());
  expect(modelsOf(after["flights"])).toEqual([...STAYING, ADDED].sort());
  expect(Object.keys(before)).toEqual(["flights"]);
  expect(Object.keys(after)).toEqual(["flights", LATER]);
});

test("flights without the model that goes are an error, and no upgrade without a change", () => {
  expect(() => pipelineFiles(read("line"), read("line"))).toThrow(/has no model median/);
});
