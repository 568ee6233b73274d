// From the start of a process to the 2xx for its first event, its store open and holding a learned model.

import type { Event } from "../../functions/lib/events/vocabulary.ts";
import { STEPS } from "../../functions/lib/events/vocabulary.ts";
import { firstAnswer } from "../first-answer.ts";
import { flightsAtDeparture } from "../flights.ts";
import { makeLearnedStore } from "../learned-store.ts";
import { emptyFunction, stepProgram } from "../programs.ts";
import { microsecondsEach, type Result, type Row, ratios } from "../row.ts";
import { freePort } from "../session.ts";

interface Starts {
  readonly values: number[];
  /** Of one start, until its answer. */
  readonly cpu: number[];
}

function add({ values, cpu }: Starts, { ms, running }: Awaited<ReturnType<typeof firstAnswer>>): void {
  values.push(ms);
  cpu.push(microsecondsEach(running.cpuSeconds(), 1));
}

/** A start is short, and noisy: more rounds cost little. */
const STARTS_A_ROUND = 2;

export const coldStart: Row = {
  name: "cold-start",
  title: "process start to first 2xx",
  async run({ rounds, session, progress }) {
    const starts = rounds * STARTS_A_ROUND;
    progress("learning 5,000 flights");
    // The first of each warms the file cache and does not count.
    const store = await makeLearnedStore(session.folder(), 0, starts + 1);
    const [departure] = flightsAtDeparture(0, 1) as [Event];
    const samples = (): Starts => ({ values: [], cpu: [] });
    const anchor = samples();
    const ours = new Map(STEPS.map((step) => [step, samples()]));

    for (let i = 0; i <= starts; i++) {
      progress(`start ${i} of ${starts}`);
      const port = await freePort();
      const empty = await firstAnswer(session, emptyFunction(port), port, departure);
      if (i > 0) add(anchor, empty);
      await empty.running.kill();
      for (const step of STEPS) {
        const own = await freePort();
        const event = store.next[step][i] as Event;
        const first = await firstAnswer(session, stepProgram(step, store.path, own), own, event);
        if (i > 0) add(ours.get(step) as Starts, first);
        await first.running.stop();
      }
    }
    return STEPS.map((step): Result => {
      const own = ours.get(step) as Starts;
      return {
        what: `cold start of ${step}`,
        anchor: { name: "an empty function", unit: "ms", ...anchor },
        ours: { name: step, unit: "ms", ...own },
        ratio: ratios(own.values, anchor.values),
        bar: { of: "ratio", atMost: 0.5 },
      };
    });
  },
};
