// What is tried through the dashboard, carried out over HTTP by a whole Wadi: it answers as that Wadi's own admin API does.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Running, startRunning } from "../admin/fixtures/running.ts";
import { createTries } from "../admin/tries/tries.ts";
import { systemClock } from "../lib/clock.ts";
import { type RejectedError, UnavailableError, UnsupportedError } from "../lib/errors.ts";
import { openClusterTries } from "./tries.ts";

function triesOn({ wadi }: Running, predict: string | undefined = wadi.url, broker: string | undefined = wadi.url) {
  const tries = openClusterTries({ predict, broker });
  onTestFinished(() => tries.close());
  return { ...createTries({ pipelines: wadi.pipelines, tries, clock: systemClock, models: wadi.store.models }), tries };
}

async function asked({ ask }: Running, path: string, body: object): Promise<unknown> {
  const response = await ask(path, { method: "POST", body: JSON.stringify(body) });
  return response.json();
}

/** A server that answers all with this. */
async function serverThat(status: number, body: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a prediction is the one of the Wadi's own API, with its interval and explanation", async () => {
  const running = await startRunning();
  for (let i = 0; i < 40; i++) await running.send("observation", `o${i}`, { x: i / 10, y: i / 5 });
  await running.settled();
  const { predict } = triesOn(running);

  for (const more of [{}, { interval: 0.9 }, { explain: true }]) {
    const request = { record: { x: 1.5 }, ...more };
    const told = await predict("line", request);
    const own = (await asked(running, "/api/v1/pipelines/line/predict", request)) as object;
    // Each was computed at a moment of its own.
    expect(told).toEqual({ ...own, stalenessMs: expect.any(Number) });
    expect(told).toMatchObject({ set: "line", model: "linear" });
  }
});

test("what is wrong with a record is told by its fields, as the Wadi's own API tells it", async () => {
  const running = await startRunning();
  const request = { record: { x: "text" } };
  const { errors } = (await asked(running, "/api/v1/pipelines/line/predict", request)) as { errors: object[] };

  const refused = await triesOn(running)
    .predict("line", request)
    .catch((error: unknown) => error);

  expect(errors.length).toBeGreaterThan(0);
  expect((refused as RejectedError).fields).toEqual(errors);
});

test("an event takes the way of any client's event", async () => {
  const running = await startRunning();
  const { send } = triesOn(running);

  const { subject } = await send({ pipeline: "line", kind: "observation", subject: "by-hand", data: { x: 1, y: 2 } });
  await running.settled();

  expect(subject).toBe("by-hand");
  const trace = await (await running.ask("/api/v1/observations/line/by-hand")).json();
  expect(trace).toMatchObject({ state: "learned" });
});

test("a step or a Broker that is away, or answers what is none of its answers, is told as away", async () => {
  const running = await startRunning();
  const record = { record: { x: 1 } };
  const event = { pipeline: "line", kind: "observation", data: { x: 1 } } as const;
  const nowhere = triesOn(running, "http://127.0.0.1:1", "http://127.0.0.1:1");
  const odd = triesOn(running, await serverThat(504, "activator request timeout"), await serverThat(503, ""));
  const html = triesOn(running, await serverThat(200, "<html>"), await serverThat(404, "no such broker"));

  for (const { predict, send } of [nowhere, odd, html]) {
    await expect(predict("line", record)).rejects.toThrow(UnavailableError);
    await expect(send(event)).rejects.toThrow(UnavailableError);
  }
  await expect(odd.predict("line", record)).rejects.toThrow(/answered 504 activator request timeout.*wadi doctor/);
});

test("without their addresses nothing is predicted and no event is taken", async () => {
  const tries = openClusterTries({ predict: undefined, broker: undefined });

  await expect(tries.predict("line", { inputs: { x: 1 } })).rejects.toThrow(UnsupportedError);
  await expect(tries.publishAll([{} as never])).rejects.toThrow(UnsupportedError);
});
