// The demo of the flights: 20,000 real ones, predicted at departure and learned at arrival.

import { readFlights } from "../../feed/flights.ts";
import { count } from "../../lib/figures.ts";
import { programName } from "../../lib/program.ts";
import { modelTable, observe, outcomeLines } from "./demo-report.ts";
import type { Scenario } from "./scenario.ts";
import { urlOption } from "./start.ts";

const PIPELINE = "flights";

const NOTES: Readonly<Record<string, string>> = {
  mean: "the mean of all delays so far",
  median: "the median of all delays so far",
};

const RECORD = '{"date": "2001-04-01T08:30:00Z", "distance": 1750, "origin": "DTW", "destination": "LAS"}';

/** @throws FailedError where the data is not installed. */
export function flightsScenario(): Scenario {
  const examples = readFlights();
  return {
    pipeline: PIPELINE,
    examples,
    begins: `${count(examples.length)} flights depart, and arrive`,
    report: (outcome, output) => [
      ...outcomeLines(outcome, { what: "flights", when: "departure" }, output),
      "",
      ...modelTable(outcome, NOTES, output),
    ],
    json: () => ({ flights: examples.length }),
    tries: (url, { palette: { quiet } }) => [
      quiet("# a flight departs: 202 means that it is on disk"),
      ...observe({ url, pipeline: PIPELINE, id: "DL-1", record: RECORD }),
      "",
      quiet("# how late will it be? for a caller who waits"),
      `curl ${url}/v2/models/${PIPELINE}/infer \\`,
      `  -d '{"inputs": ${RECORD}}'`,
      "",
      quiet("# a thousand points of a noisy line, for the pipeline `line`"),
      `${programName()} emit --pipeline line --generate line${urlOption(url)}`,
    ],
  };
}
