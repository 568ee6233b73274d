// From the start of a process to the 2xx for its first event, its store open and holding a learned model.

import type { Event } from "../../functions/lib/events/vocabulary.ts";
import { STEPS } from "../../functions/lib/events/vocabulary.ts";
import { firstAnswer } from "../first-answer.ts";
import { flightsAtDeparture } from "../flights.ts";
import { makeLearnedStore } from "../learned-store.ts";
import { emptyFunction, stepProgram } from "../programs.ts";
import { type Result, type Row, ratios } from "../row.ts";
import { freePort } from "../session.ts";

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
    const anchor: number[] = [];
    const ours = new Map(STEPS.map((step) => [step, [] as number[]]));

    for (let i = 0; i <= starts; i++) {
      progress(`start ${i} of ${starts}`);
      const port = await freePort();
      const { ms, running } = await firstAnswer(session, emptyFunction(port), port, departure);
      await running.kill();
      if (i > 0) anchor.push(ms);
      for (const step of STEPS) {
        const own = await freePort();
        const event = store.next[step][i] as Event;
        const first = await firstAnswer(session, stepProgram(step, store.path, own), own, event);
        await first.running.stop();
        if (i > 0) ours.get(step)?.push(first.ms);
      }
    }
    return STEPS.map((step): Result => {
      const values = ours.get(step) as number[];
      return {
        what: `cold start of ${step}`,
        anchor: { name: "an empty function", unit: "ms", values: anchor },
        ours: { name: step, unit: "ms", values },
        ratio: ratios(values, anchor),
        bar: { of: "ratio", atMost: 0.5 },
      };
    });
  },
};
