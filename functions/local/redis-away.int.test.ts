// A Wadi whose Redis is away: what is asked and not recorded is answered from the last state, marked; all else waits or is
// refused with the cure; and a start without Redis is ready and says what is missing.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { newFolder, PIPELINES, startRunning } from "../admin/fixtures/running.ts";
import { freePort } from "../lib/free-port.ts";
import { addressOf, hasRedisServer, pause, type RedisServer, startRedis } from "../lib/store/fixtures/redis-server.ts";
import type { InferAnswer } from "../predict/answer.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function post(url: string, body: object, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, text, body: (text === "" ? {} : JSON.parse(text)) as InferAnswer };
}

const inferUrl = (url: string) => `${url}/v2/models/line/infer`;

/** On a machine that is busy even a store that is well may be late. */
async function answeredFreshly(url: string) {
  for (;;) {
    const answer = await post(inferUrl(url), { x: 0.5 });
    if (answer.body.parameters?.stale === false) return answer;
  }
}

const featuresOf = (id: string) => ({
  "ce-specversion": "1.0",
  "ce-source": "/wadi/line/featurize",
  "ce-type": "dev.wadi.features.extracted",
  "ce-id": id,
  "ce-subject": id,
  "ce-pipeline": "line",
  "ce-recordedtime": new Date().toISOString(),
});
const FEATURES = { set: "line", time: 0, x: { x: 0.5 } };

const faults: Readonly<Record<string, (redis: RedisServer) => { away(): unknown; back(): unknown }>> = {
  killed: (redis) => ({ away: redis.kill, back: redis.start }),
  frozen(redis) {
    onTestFinished(() => redis.signal("SIGCONT"));
    return { away: () => redis.signal("SIGSTOP"), back: () => redis.signal("SIGCONT") };
  },
};

describe.runIf(hasRedisServer)("a Wadi whose Redis is away", { tags: ["redis"] }, () => {
  test.each(Object.entries(faults))(
    "%s: answers go on from the last state, marked, until it is back",
    async (_how, fault) => {
      const redis = await startRedis();
      const { wadi, send, settled } = await startRunning({ store: redis.address() });
      for (let i = 0; i < 5; i++) await send("observation", `o${i}`, { x: i, y: 2 * i });
      await settled();
      const { version } = await wadi.store.models.head("line");
      const fresh = await answeredFreshly(wadi.url);
      const { away, back } = fault(redis);

      await away();
      const stale = await post(inferUrl(wadi.url), { x: 0.5 });
      const recorded = await post(inferUrl(wadi.url), { id: "a", inputs: { x: 0.5 } });
      const metrics = await (await fetch(`${wadi.url}/metrics`)).text();

      expect(fresh.body.parameters).toEqual({ stale: false, staleness_ms: expect.any(Number) });
      expect(stale.status).toBe(200);
      expect(stale.body.parameters).toEqual({ stale: true, staleness_ms: expect.any(Number) });
      expect({ ...stale.body, parameters: {} }).toEqual({ ...fresh.body, parameters: {} });
      expect(stale.body.model_version).toBe(String(version));
      expect(recorded.status).toBe(503);
      expect(recorded.text).toMatch(/store-unavailable.*(start it|see whether)/);
      expect(metrics).toMatch(/^wadi_stale_predictions_total\{set="line"\} [1-9]/m);

      await back();
      await send("observation", "later", { x: 1, y: 2 });
      for (;;) {
        const { body } = await post(inferUrl(wadi.url), { x: 0.5 });
        if (body.parameters?.stale === false && Number(body.model_version) > version) break;
        await pause(20);
      }
      expect((await post(inferUrl(wadi.url), { id: "a", inputs: { x: 0.5 } })).status).toBe(200);
    },
  );

  test("refuses at once where it may not be stale", async () => {
    const redis = await startRedis();
    const { wadi } = await startRunning({ store: redis.address(), maxStalenessMs: 0 });
    expect((await post(inferUrl(wadi.url), { x: 0.5 })).status).toBe(200);
    await redis.kill();

    expect((await post(inferUrl(wadi.url), { x: 0.5 })).status).toBe(503);
  });

  test("starts without it: it takes events, says what is missing, and refuses what it cannot answer", async () => {
    const port = await freePort();
    const { wadi, send, settled } = await startRunning({ store: addressOf(port) });

    const ready = await fetch(`${wadi.url}/health/ready`);
    const asked = await post(inferUrl(wadi.url), { x: 0.5 });
    await send("observation", "early", { x: 1, y: 2 });

    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ missing: { store: expect.stringContaining("nobody listens there") } });
    expect(asked).toMatchObject({ status: 503, text: expect.stringMatching(/start it, or correct the address/) });
    await startRedis("--port", String(port));
    await settled();
    expect(await wadi.store.models.learnedCount("line")).toBe(1);
  });

  test.each(["featurize", "predict"])(
    "%s as a process of its own starts without it, says so, and answers 503",
    async (step) => {
      const store = addressOf(await freePort());
      const [{ host = "", port = 0 } = {}] = store.nodes;
      const child = spawn(process.execPath, [join(import.meta.dirname, `../${step}/main.ts`)], {
        cwd: newFolder(),
        env: { PORT: "0", HOST: "127.0.0.1", WADI_PIPELINES: PIPELINES, WADI_STORE: `redis://${host}:${port}` },
        stdio: ["ignore", "ignore", "pipe"],
      });
      children.push(child);
      const log = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
      const nextLine = async () => JSON.parse(String((await log.next()).value)) as { url?: string; msg: string };
      let line = await nextLine();
      while (line.url === undefined) line = await nextLine();
      const types = { featurize: "dev.wadi.observation.validated", predict: "dev.wadi.features.extracted" };
      const type = types[step as keyof typeof types];
      const client = { "ce-clientsource": "/t", "ce-clientid": "e" };
      const data = step === "predict" ? FEATURES : { record: { x: 0.5 } };

      const ready = await fetch(`${line.url}/health/ready`);
      const refused = await post(`${line.url}/`, data, { ...featuresOf("e"), ...client, "ce-type": type });

      expect(ready.status).toBe(200);
      expect(await ready.json()).toMatchObject({ missing: { store: expect.stringContaining("nobody listens there") } });
      expect(refused.status, refused.text).toBe(503);
      expect((await nextLine()).msg).toMatch(/nobody listens there; start it, or correct the address/);
    },
  );
});
