// What a Wadi that was killed left behind is not believed: its port, and its process number, may be another's by now.

import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { newFolder, startRunning } from "../../admin/fixtures/running.ts";
import { lockFolder } from "../../lib/lock.ts";
import { run } from "../program-under-test.contract.ts";
import { ingressHere, readRunning } from "./running.ts";

const TOKEN = "x".repeat(32);

/** Answers everything with 200, and remembers what it was sent. */
async function stranger() {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end("{}");
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** As after kill -9, with a process number that another program has by now. */
function leftBehind(url: string): string {
  const data = join(newFolder(), "data");
  mkdirSync(data);
  lockFolder(data)();
  writeFileSync(join(data, "admin.json"), JSON.stringify({ url, token: TOKEN, pid: process.pid, ingress: url }));
  return data;
}

test("whoever has the port of a killed Wadi is not asked, and does not get its token", async () => {
  const { url, seen } = await stranger();
  const data = leftBehind(url);

  const status = await run(["status", "--data", data]);
  const named = await run(["status", "--data", data, "--url", url]);

  expect(status).toMatchObject({ code: 1, err: expect.stringContaining("no Wadi runs in") });
  expect(named.code).toBe(1);
  expect(seen.join()).not.toContain(TOKEN);
});

test("whoever has the ingress of a killed Wadi gets no events", () => {
  const data = leftBehind("http://127.0.0.1:9");

  expect(ingressHere([data])).toBeUndefined();
});

test("one that runs is found, on the second folder too", async () => {
  const stale = leftBehind("http://127.0.0.1:9");
  const { folder, wadi } = await startRunning();

  expect(ingressHere([stale, folder])).toBe(wadi.url);
  expect(readRunning(folder)?.url).toBe(wadi.adminUrl);
});

test("what a killed one left is not taken for the word of the one that starts on its folder", () => {
  const data = leftBehind("http://127.0.0.1:9");

  const unlock = lockFolder(data);

  expect(readRunning(data)).toBeUndefined();
  unlock();
});
