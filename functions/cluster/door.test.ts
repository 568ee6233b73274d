// The way to a Service that sleeps, against a server in the activator's place.

import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { type DoorOptions, openDoor } from "./door.ts";
import { ClusterError } from "./failure.ts";

let activator: Server;
let seen: { url: string; headers: IncomingHttpHeaders; body: string }[] = [];
let reached: string[] = [];
let streams = 0;

beforeAll(async () => {
  activator = createServer((request, response) => {
    if (request.url === "/stream") {
      streams++;
      response.on("close", () => streams--);
      response.writeHead(200, { "content-type": "text/event-stream" }).write("event: status\n\n");
      return;
    }
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      seen.push({ url: request.url ?? "", headers: request.headers, body });
      response.writeHead(202, { "x-of": "dashboard" }).end(body.toUpperCase());
    });
  });
  await new Promise<void>((resolve) => activator.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  activator.closeAllConnections();
  activator.close();
});
beforeEach(() => {
  [seen, reached] = [[], []];
});

const endpoint = () => ({ host: "127.0.0.1", port: (activator.address() as AddressInfo).port });
const service = (latestReadyRevisionName?: string) => async () => ({ status: { latestReadyRevisionName } }) as never;

async function door(more: Partial<DoorOptions> = {}) {
  const forwards = {
    reach: async (host: string, port: number) => {
      reached.push(`${host}:${port}`);
      return endpoint();
    },
    failure: () => undefined,
  };
  const cluster = { get: service("dashboard-00002") };
  const opened = await openDoor({ cluster, forwards, namespace: "wadi", service: "dashboard", port: 0, ...more });
  onTestFinished(() => opened.close());
  return opened;
}

test("a request reaches the activator as it is, with the revision that it is for", async () => {
  const { url } = await door();

  const answer = await fetch(`${url}/api/v1/events?a=1`, {
    method: "POST",
    body: "text",
    headers: { authorization: "Bearer t", "knative-serving-revision": "another" },
  });

  expect([answer.status, answer.headers.get("x-of"), await answer.text()]).toEqual([202, "dashboard", "TEXT"]);
  expect(reached).toEqual(["activator-service.knative-serving.svc:80"]);
  expect(seen).toMatchObject([{ url: "/api/v1/events?a=1", body: "text" }]);
  expect(seen[0]?.headers).toMatchObject({
    host: url.replace("http://", ""),
    authorization: "Bearer t",
    "knative-serving-namespace": "wadi",
    "knative-serving-revision": "dashboard-00002",
  });
});

test("a stream is passed on as it comes, and ends there when its reader leaves", async () => {
  const { url } = await door();
  const left = new AbortController();

  const { body } = await fetch(`${url}/stream`, { signal: left.signal });
  const { value } = (await body?.getReader().read()) ?? {};
  expect(Buffer.from(value ?? []).toString()).toBe("event: status\n\n");
  expect(streams).toBe(1);
  left.abort();

  while (streams > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test("where the cluster is away the browser is told why, and the door stays", async () => {
  let away = true;
  const { url } = await door({
    forwards: {
      reach: async () => {
        if (away) throw new ClusterError("away", "no pod of the Service activator-service is ready");
        return endpoint();
      },
      failure: () => undefined,
    },
  });

  const refused = await fetch(`${url}/`);
  away = false;

  expect(refused.status).toBe(502);
  expect(await refused.text()).toContain(
    "Knative's activator cannot be reached: no pod of the Service activator-service",
  );
  expect((await fetch(`${url}/`)).status).toBe(202);
});

test("a Service that is not there, or never was ready, is told before anybody opens a browser", async () => {
  const absent = async () => {
    throw new ClusterError("not-found", "404");
  };

  await expect(door({ cluster: { get: absent } })).rejects.toThrow(
    /no dashboard in namespace wadi: .*dashboard\.enabled/,
  );
  await expect(door({ cluster: { get: service() } })).rejects.toThrow(/dashboard in namespace wadi is not ready yet/);
});
