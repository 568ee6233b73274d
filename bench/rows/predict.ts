// predict over HTTP: features in, the model of the store, the prediction recorded there, prediction out. One process.
// Every event is one that the store knows and that nothing was predicted for, as the broker would bring it.

import { type CloudEvent, HTTP } from "cloudevents";
import type { Event } from "../../functions/lib/events/vocabulary.ts";
import { ceilingNote } from "../ceiling.ts";
import { firstAnswer } from "../first-answer.ts";
import { makeLearnedStore } from "../learned-store.ts";
import { load, post } from "../load.ts";
import { emptyFunction, expressSdk, stepProgram } from "../programs.ts";
import { assert, type Context, microsecondsEach, type Result, type Row, ratios, WARM_UP } from "../row.ts";
import { freePort } from "../session.ts";

export const predict: Row = {
  name: "predict",
  title: "predict over HTTP",
  async run(context) {
    const { rounds, small, session, progress } = context;
    const events = small ? 500 : 10_000;
    const folder = session.folder();
    progress("learning 5,000 flights");
    const store = await makeLearnedStore(folder, events * (rounds + WARM_UP), 2);
    const contenders = [
      await contender(context, "predict", 200, (port) => stepProgram("predict", store.path, port), store.next.predict),
      await contender(context, "an empty function", 204, emptyFunction, store.next.predict),
      await contender(context, "express and the SDK", 202, expressSdk, store.next.predict),
    ] as const;
    await checkAnswer(contenders[0].port, store.next.predict[1] as Event);

    for (let i = 1 - WARM_UP; i <= rounds; i++) {
      const batch = store.unserved.slice((i + WARM_UP - 1) * events, (i + WARM_UP) * events);
      for (const { name, port, status, running, rates, each, cpu } of contenders) {
        progress(`${name}, ${i < 1 ? "warming up" : `round ${i} of ${rounds}`}`);
        const before = running.cpuSeconds();
        const report = await load(session, port, batch, status, folder);
        if (i < 1) continue;
        each.push(microsecondsEach(running.cpuSeconds() - before, batch.length));
        rates.push(batch.length / report.seconds);
        cpu.push(report.cpu);
      }
    }
    const [ours, empty, express] = contenders;
    await ours.running.stop();
    for (const { running } of [empty, express]) await running.kill();
    await ceilingNote(context, "predict", contenders, store.unserved.slice(0, events), folder);
    const result = (anchor: typeof empty): Result => ({
      what: "predict over HTTP",
      anchor: { name: anchor.name, unit: "events/s", values: anchor.rates, cpu: anchor.each },
      ours: { name: "predict", unit: "events/s", values: ours.rates, cpu: ours.each },
      ratio: ratios(ours.rates, anchor.rates),
    });
    return [{ ...result(empty), bar: { of: "ratio", atLeast: 2.5 } }, result(express)];
  },
};

async function contender(
  { session }: Context,
  name: string,
  status: number,
  program: (port: number) => Parameters<typeof firstAnswer>[1],
  events: readonly Event[],
) {
  const port = await freePort();
  const { running } = await firstAnswer(session, program(port), port, events[0] as Event);
  return { name, port, status, running, rates: [] as number[], each: [] as number[], cpu: [] as number[] };
}

interface Made {
  readonly value?: unknown;
  readonly version?: unknown;
}

/** With the SDK's reader, not with our own. */
async function checkAnswer(port: number, event: Event): Promise<void> {
  const { status, headers, body } = await post(`http://127.0.0.1:${port}/`, event);
  const made = HTTP.toEvent({ headers: Object.fromEntries(headers), body }) as CloudEvent<Made>;
  assert(status === 200 && made.validate(), `predict answered ${status} and no CloudEvent: ${body}`);
  const { value, version } = made.data ?? {};
  assert(made.type === "dev.wadi.prediction.made" && Number.isFinite(value), `predict answered ${made.type}: ${body}`);
  assert(Number(version) > 0, `predict answered without a learned model: ${body}`);
}
