// The dashboard as it runs on a cluster, but for Kafka: a store that another process has written, and an API server that has what
// was recorded of a real cluster.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect, onTestFinished, test, vi } from "vitest";
import { PIPELINES } from "../admin/fixtures/running.ts";
import { ClusterStatus } from "../admin/shapes/cluster.ts";
import { startApiServer } from "../cluster/api-server.contract.ts";
import { recorded } from "../cluster/under-test.contract.ts";
import { readDashboardConfig, readStepConfig } from "../lib/config.ts";
import { openStore } from "../lib/store/open.ts";
import { commitOf } from "../lib/store/store-under-test.contract.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { openDashboard } from "./dashboard.ts";

const TOKEN = "token-of-the-dashboard";

async function startDashboard(more: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "wadi-dashboard-"));
  const objects = recorded("scaled-up");
  const lists: Readonly<Record<string, keyof typeof objects>> = { kafkasinks: "sinks" };
  const asked: string[] = [];
  let status = 200;
  const server = await startApiServer(({ url }) => {
    const { pathname, searchParams } = new URL(url, "https://api");
    asked.push(`${pathname}?${searchParams}`);
    const kind = pathname.split("/").at(-1) as string;
    return { status, body: JSON.stringify({ items: objects[lists[kind] ?? kind] ?? [] }) };
  });
  const env = {
    ...{ PORT: "0", HOST: "127.0.0.1", WADI_PIPELINES: PIPELINES, WADI_STORE: `sqlite:${folder}/store.db` },
    ...{ WADI_ADMIN_TOKEN: TOKEN, WADI_NAMESPACE: "wadi", WADI_BROKER: "http://broker/wadi/default" },
    ...server.env,
    ...more,
  };
  const [step, config] = [readStepConfig(env), readDashboardConfig(env)];
  const dashboard = await openDashboard({ step, config, env, account: server.folder, log: silentLog });
  const url = await dashboard.listen();
  const close = async () => {
    await dashboard.close();
    server.close();
    rmSync(folder, { recursive: true });
  };
  onTestFinished(close);
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
  const refuse = () => {
    status = 403;
  };
  return { folder, asked, url, ask, refuse };
}

test("the operation cluster has each step with its pods, which it reads with what its account may read and no more", async () => {
  const { ask, asked } = await startDashboard();

  const response = await ask("/api/v1/cluster");

  const told = (await response.json()) as ClusterStatus;
  const valid = new Ajv({ strict: false }).compile(ClusterStatus);
  expect(valid(told), JSON.stringify(valid.errors)).toBe(true);
  expect(told).toMatchObject({ context: "in-cluster", namespace: "wadi", broker: { state: "ready" } });
  expect(told.steps.map(({ name, pods, eachPod }) => [name, pods.ready, eachPod.length])).toEqual([
    ["validate", 3, 3],
    ["featurize", 3, 3],
    ["predict", 4, 5],
    ["learn", 2, 2],
  ]);
  for (const { coldStartSeconds } of told.steps) expect(coldStartSeconds).toBeGreaterThanOrEqual(1);
  const kinds = asked.map((path) => path.replace(/^.*namespaces\/(\w+)\/(\w+)\?.*$/, "$1 $2")).sort();
  expect(kinds).toEqual(
    ["brokers", "kafkasinks", "pods", "revisions", "services", "triggers"].map((one) => `wadi ${one}`),
  );
});

test("many who ask at once ask the API server once, and it is no step itself", async () => {
  const { ask, asked } = await startDashboard();

  await Promise.all(Array.from({ length: 20 }, () => ask("/api/v1/cluster")));

  expect(asked.length).toBe(6);
  for (const path of asked.filter((one) => /pods|services|revisions/.test(one))) {
    expect(decodeURIComponent(path)).toContain("app.kubernetes.io/component!=dashboard");
  }
});

test("an API server that refuses is told as what is away; all else is answered", async () => {
  const { ask, refuse } = await startDashboard();
  refuse();

  const response = await ask("/api/v1/cluster");

  expect(response.status).toBe(503);
  expect(((await response.json()) as { detail: string }).detail).toMatch(/may not read .*wadi\/services/);
  expect((await ask("/api/v1/status")).status).toBe(200);
});

test("outside a cluster there is none to show, and the rest is there", async () => {
  const { ask } = await startDashboard({ KUBERNETES_SERVICE_HOST: "" });

  expect((await ask("/api/v1/cluster")).status).toBe(501);
  expect(await (await ask("/api/v1/status")).json()).toMatchObject({ url: "http://broker/wadi/default" });
});

test("commits of others come as changes, though no broker is tapped", async () => {
  const { ask, folder, url } = await startDashboard();
  const store = await openStore({ kind: "sqlite", path: `${folder}/store.db` }, new Map(), {}, Date.now);
  onTestFinished(() => store.close());
  const left = new AbortController();
  const headers = { authorization: `Bearer ${TOKEN}` };
  const { body } = await fetch(`${url}/api/v1/changes`, { headers, signal: left.signal });
  let text = "";
  const reading = (async () => {
    for await (const piece of body as AsyncIterable<Uint8Array>) text += Buffer.from(piece).toString();
  })();
  reading.catch(() => {});
  const heard = async (what: RegExp) => {
    while (!what.test(text)) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await heard(/event: status/);

  // The first look only notes what is there: it may find the first of these.
  let head = "";
  for (let count = 1; !/event: model/.test(text); count++) {
    const history = JSON.stringify({ time: Date.now(), count, metrics: {} });
    const commit = commitOf({ expectedRevision: head, history });
    await store.models.commit("line", commit);
    head = commit.revision;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }

  expect(text).toMatch(
    /event: model\ndata: \{"pipeline":"line","set":"line","generation":"1","version":(\d+),"count":\1,/,
  );
  left.abort();
  expect((await ask("/health/ready")).status).toBe(200);
});

test("of a Broker without a log no event and no rate is known, and that is said or left out", async () => {
  const { ask } = await startDashboard();

  const events = await ask("/api/v1/events");

  expect(events.status).toBe(501);
  expect(((await events.json()) as { detail: string }).detail).toMatch(/a Broker of class Kafka/);
  const status = await (await ask("/api/v1/status")).json();
  for (const absent of ["received", "perSecond", "countedSince"]) expect(status).not.toHaveProperty(absent);
});

test("while it makes events it asks its own address, and what asks there is answered for as long as it likes", async () => {
  const asked: string[] = [];
  const own = createServer(({ url = "", headers }, response) => {
    asked.push(`${url} ${headers.authorization ?? ""}`);
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void own.close());
  const address = `http://127.0.0.1:${(own.address() as { port: number }).port}`;
  const { ask, url } = await startDashboard({ WADI_BROKER: address, WADI_DASHBOARD: address });

  const body = JSON.stringify({ pipeline: "line", from: "line", rate: 1 });
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const made = await fetch(`${url}/api/v1/generator/start`, { method: "POST", headers, body });
  expect(made.status, await made.text()).toBe(200);
  await vi.waitFor(() => expect(asked).toContain(`/api/v1/awake Bearer ${TOKEN}`), { timeout: 30_000 });

  const awake = await ask("/api/v1/awake");
  const read = await awake.body?.getReader().read();
  expect([awake.status, Buffer.from(read?.value ?? []).toString()]).toEqual([200, "awake\n"]);
  expect((await fetch(`${url}/api/v1/awake`)).status).toBe(401);
});

test("only callers under its own names, with its token, are answered", async () => {
  const { url, ask } = await startDashboard({
    WADI_ALLOWED_HOSTS: "dashboard.wadi.svc.cluster.local,wadi.example.org",
  });
  const { port } = new URL(url);
  const { request } = await import("node:http");
  const statusAs = (host: string, origin?: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { host, authorization: `Bearer ${TOKEN}`, ...(origin !== undefined && { origin }) };
      request({ port, host: "127.0.0.1", path: "/api/v1/status", headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on("error", reject)
        .end();
    });

  expect((await fetch(`${url}/api/v1/cluster`)).status).toBe(401);
  expect((await ask("/api/v1/status")).status).toBe(200);
  expect(await statusAs("dashboard.wadi.svc.cluster.local")).toBe(200);
  expect(await statusAs("wadi.example.org", "https://wadi.example.org")).toBe(200);
  expect(await statusAs("rebound.example.net")).toBe(403);
  expect(await statusAs("wadi.example.org", "https://evil.example.net")).toBe(403);
});

test.each([
  [{ WADI_ADMIN_TOKEN: "" }, /WADI_ADMIN_TOKEN is not set: .*dashboard\.tokenSecret/],
  [{ WADI_ADMIN_TOKEN: "short" }, /WADI_ADMIN_TOKEN holds no token/],
  [{ WADI_VIEW_TOKEN: "x" }, /WADI_VIEW_TOKEN holds no token/],
  [{ WADI_KAFKA: "http://kafka" }, /WADI_KAFKA is no address of a Kafka/],
  [{ WADI_TRIGGERS: "learn" }, /WADI_TRIGGERS is no map of filters by Trigger in JSON/],
  [{ WADI_TRIGGERS: '{"learn": {}}' }, /WADI_TRIGGERS: learn must be a list of filters/],
])("a wrong setting stops the start: %j", async (more, message) => {
  await expect(startDashboard(more)).rejects.toThrow(message);
});
