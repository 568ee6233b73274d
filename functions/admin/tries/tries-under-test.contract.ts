// The admin port on a Wadi that runs, with the generator, reached in the process itself and over HTTP.

import { onTestFinished } from "vitest";
import { generatorHere } from "../../feed/making/here.ts";
import { systemClock } from "../../lib/clock.ts";
import { createTelemetry } from "../../lib/telemetry/metrics.ts";
import { VERSION } from "../../lib/version.ts";
import { triesHere } from "../../local/tries.ts";
import { createPredict } from "../../predict/handler.ts";
import { inferRoutes } from "../../predict/routes.ts";
import type { Admin } from "../admin.ts";
import { type Running, TOKEN } from "../fixtures/running.ts";
import { connectAdmin } from "../http/client.ts";
import { createAdmin } from "../local-admin.ts";
import { createTries } from "./tries.ts";

export type Reach = (running: Running) => Admin;

export const REACHES: readonly (readonly [string, Reach])[] = [
  ["in process", inProcess],
  ["over HTTP", ({ url }) => connectAdmin({ url, token: TOKEN })],
];

function inProcess({ wadi }: Running): Admin {
  const { store, broker, pipelines } = wadi;
  const { models, joins } = store;
  const clock = systemClock;
  const predict = createPredict({ pipelines, models, joins, clock, telemetry: createTelemetry() });
  const routes = inferRoutes({ pipelines, predict, joins, models, clock, publish: broker.publish.bind(broker) });
  const tries = triesHere(routes, broker);
  const tried = createTries({ pipelines, tries, clock });
  const generator = generatorHere({
    ...{ pipelines, broker, clock },
    predict: (name, record) => tried.predict(name, { record }),
  });
  onTestFinished(() => generator.close());
  const about = { version: VERSION, node: process.version };
  return createAdmin({ store, storeKind: "sqlite", broker, pipelines, about, clock, tries, generator });
}

/** Asks until it is so. @throws Error after half a minute: something hangs. */
export async function until<T>(ask: () => Promise<T>, isSo: (told: T) => boolean): Promise<T> {
  const giveUpAt = Date.now() + 30_000;
  for (;;) {
    const told = await ask();
    if (isSo(told)) return told;
    if (Date.now() > giveUpAt) throw new Error(`it is still ${String(JSON.stringify(told)).slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
