// The four steps as processes of their own on a Redis, called through a platform's door that throttles, crashes, gives up waiting and
// loses answers, while steps are killed: what is learned is what an undisturbed Wadi in one process learns, to the bit.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "vitest";
import type { Status } from "../../admin/shapes/shapes.ts";
import { STEPS, type StepName } from "../../lib/events/vocabulary.ts";
import { freePort } from "../../lib/free-port.ts";
import { hasRedisServer, newNamespace, startRedis } from "../../lib/store/fixtures/redis-server.ts";
import { parseRedisAddress } from "../../lib/store/redis/address.ts";
import {
  cleanUp,
  later,
  outcomeOf,
  pipeline,
  root,
  settled,
  startHere,
  temporaryFolder,
} from "../wadi-under-test.contract.ts";
import { lateFlights, orderedValues } from "./late-flights.contract.ts";
import { readSteps } from "./setting.ts";

afterEach(cleanUp);

const FLIGHTS = 90;
const TOKEN = "token-of-the-whole-way-test";
const seed = Number(process.env["STEPS_SEED"] ?? Date.now() % 2 ** 31);

interface StepProcess {
  readonly url: string;
  /** kill -9, and a start on the same port. */
  kill(): void;
}

async function startStep(step: StepName, store: string): Promise<StepProcess> {
  const port = await freePort();
  const env = {
    ...{ PORT: String(port), HOST: "127.0.0.1", WADI_PIPELINES: join(root, "helm/pipelines"), WADI_STORE: store },
    WADI_LEARN_ORDER: "ordered",
  };
  let child: ChildProcess;
  const run = () => {
    child = spawn(process.execPath, [join(root, "functions", step, "main.ts")], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    return once(createInterface({ input: child.stderr as NodeJS.ReadableStream }), "line");
  };
  later(() => child.kill("SIGKILL"));
  await run();
  return {
    url: `http://127.0.0.1:${port}/`,
    kill() {
      child.kill("SIGKILL");
      once(child, "exit").then(run);
    },
  };
}

/** Of the calls of each step, what befalls these whatever the seed is: refused in both ways, done and not waited for. */
const ALWAYS: Readonly<Record<number, number>> = { 3: 0.01, 5: 0.05, 7: 0.09 };

/** A platform before the steps. What it says itself bears no mark. */
async function openDoor(steps: ReadonlyMap<string, StepProcess>, kills: Readonly<Record<string, number>>) {
  const calls = new Map<string, number>();
  const killed = new Set<string>();
  const said: number[] = [];
  let chance = seed;
  const next = () => {
    chance = (Math.imul(chance, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (chance >>> 8) / 2 ** 23;
  };
  const refuse = (response: ServerResponse, status: number) => {
    said.push(status);
    response.writeHead(status, { "content-type": "application/json" }).end('{"error":"of the platform"}');
  };

  const server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const piece of request) body.push(piece as Buffer);
    const name = (request.url ?? "").split("/").at(-1) ?? "";
    const step = steps.get(name);
    if (step === undefined) return refuse(response, 404);
    const nth = (calls.get(name) ?? 0) + 1;
    calls.set(name, nth);
    const fate = ALWAYS[nth] ?? next();
    if (fate < 0.04) return refuse(response, 429);
    if (fate < 0.08) return refuse(response, 400);
    const own = Object.entries(request.headers).filter(([header]) => /^ce-|^content-type$/.test(header));
    const call = { method: "POST", headers: own as [string, string][], body: Buffer.concat(body) };
    try {
      const asked = fetch(step.url, call);
      if (nth >= (kills[name] ?? Number.POSITIVE_INFINITY) && !killed.has(name)) {
        killed.add(name);
        step.kill();
      }
      const answer = await asked;
      const text = Buffer.from(await answer.arrayBuffer());
      // The step is done, and nobody waited for it.
      if (fate < 0.12) return refuse(response, 202);
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(text);
    } catch {
      refuse(response, 502);
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  later(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/wadi/`, said };
}

describe.skipIf(!hasRedisServer)("steps that are called by URL", { tags: ["redis"] }, () => {
  test(`each flight is learned once, in order, and none is given up (STEPS_SEED=${seed})`, async () => {
    const redis = await startRedis();
    const store = `redis://127.0.0.1:${redis.port}?namespace=${newNamespace()}`;
    const processes = await Promise.all(STEPS.map((step) => startStep(step, store)));
    const steps = new Map(STEPS.map((step, i) => [step as string, processes[i] as StepProcess]));
    const door = await openDoor(steps, { featurize: 50, learn: 30 });
    const events = lateFlights(FLIGHTS);

    const away = await startHere(temporaryFolder(), {
      ...{ steps: readSteps(door.url), valuesFile: orderedValues("PT30S"), adminPort: 0, adminToken: TOKEN },
      store: parseRedisAddress(store) as NonNullable<ReturnType<typeof parseRedisAddress>>,
    });
    expect(await pipeline(away.url, events)).toBe(events.length);
    await settled(away);
    const learnedAway = await outcomeOf(away);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const status = (await (await fetch(`${away.adminUrl}/api/v1/status`, { headers })).json()) as Status;
    await away.stop();

    const here = await startHere(temporaryFolder());
    await pipeline(here.url, events);
    await settled(here);

    expect(learnedAway).toEqual(await outcomeOf(here));
    expect(learnedAway).toMatchObject({ count: FLIGHTS, learned: FLIGHTS, deadLetters: 0 });
    for (const status of [202, 400, 429, 502]) expect(door.said).toContain(status);
    for (const { name, retries, called } of status.triggers) {
      expect(retries).toBeGreaterThan(0);
      expect(called).toMatchObject({
        url: door.url + name,
        failure: { reason: expect.stringMatching(/^platform-\d+$/) },
      });
    }
    // By the commits that come back: no learner runs here.
    expect(status.learning?.find(({ pipeline: name }) => name === "flights")?.perMinute).toBeGreaterThan(0);
  });
});
