// `wadi start`: observations with their labels inline, from the ingress to the commit over all four steps, journaled.

import type { Event } from "../../functions/lib/events/vocabulary.ts";
import { ceilingNote } from "../ceiling.ts";
import { embedded as startEmbedded } from "../embedded-wadi.ts";
import { firstAnswer } from "../first-answer.ts";
import { labelledFlights } from "../flights.ts";
import { load } from "../load.ts";
import { expressSdk } from "../programs.ts";
import { microsecondsEach, type Row, ratios, WARM_UP } from "../row.ts";
import { freePort } from "../session.ts";

export const embedded: Row = {
  name: "embedded",
  title: "embedded wadi start, ingress to commit",
  async run(context) {
    const { rounds, small, session, progress } = context;
    const events = small ? 500 : 15_000;
    const folder = session.folder();
    const wadi = await startEmbedded(session);
    const port = await freePort();
    const [first] = labelledFlights(0, 1) as [Event];
    const { running } = await firstAnswer(session, expressSdk(port), port, first);
    const express = { name: "express and the SDK", rates: [] as number[], each: [] as number[], cpu: [] as number[] };
    const ours = { name: "wadi start", rates: [] as number[], each: [] as number[], cpu: [] as number[] };

    for (let i = 1 - WARM_UP; i <= rounds; i++) {
      const batch = labelledFlights((i + WARM_UP) * events, events);
      progress(i < 1 ? "warming up" : `round ${i} of ${rounds}`);
      const before = running.cpuSeconds();
      const alone = await load(session, port, batch, 202, folder);
      const expressSeconds = running.cpuSeconds() - before;
      const whole = await wadi.learn(batch);
      if (i < 1) continue;
      express.each.push(microsecondsEach(expressSeconds, events));
      ours.each.push(microsecondsEach(whole.cpuSeconds, events));
      express.rates.push(events / alone.seconds);
      express.cpu.push(alone.cpu);
      ours.rates.push(events / whole.seconds);
      ours.cpu.push(whole.cpu);
    }
    await running.kill();
    await wadi.check();
    await wadi.stop();
    await ceilingNote(context, "embedded", [ours, express], labelledFlights(0, events), folder);
    return [
      {
        what: "wadi start, ingress to commit",
        anchor: { name: express.name, unit: "events/s", values: express.rates, cpu: express.each },
        ours: { name: "wadi start", unit: "events/s", values: ours.rates, cpu: ours.each },
        ratio: ratios(ours.rates, express.rates),
        bar: { of: "ours", atLeast: 8000 },
      },
    ];
  },
};
