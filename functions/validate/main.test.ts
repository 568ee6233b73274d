// The door as a process: what it takes of a client.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
let child: ChildProcess;
let url: string;
beforeAll(async () => {
  child = spawn(process.execPath, [join(root, "functions/validate/main.ts")], {
    cwd: root,
    env: { PORT: "0", HOST: "127.0.0.1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [line] = await once(createInterface({ input: child.stderr as NodeJS.ReadableStream }), "line");
  url = (JSON.parse(line) as { url: string }).url;
}, 30_000);
afterAll(() => child.kill("SIGKILL"));

const KIB = 1024;
const HEADERS = {
  "ce-specversion": "1.0",
  "ce-id": "1",
  "ce-source": "/s",
  "ce-type": "dev.wadi.observation",
  "ce-pipeline": "flights",
  "content-type": "application/json",
};
const post = (body: string) => fetch(url, { method: "POST", headers: HEADERS, body });

test("256 KiB are taken at the door and judged; a byte more is 413, which nobody sends again", async () => {
  const ofSize = (bytes: number) => `{"note":"${"x".repeat(bytes - 11)}"}`;

  const [full, over] = await Promise.all([post(ofSize(256 * KIB)), post(ofSize(256 * KIB + 1))]);

  expect([full.status, over.status]).toEqual([422, 413]);
  expect(over.headers.get("kne-wadireason")).toBe("too-large");
});

test("what a client got wrong it is told at once, field by field", async () => {
  const response = await post('{"distance":"far"}');

  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({
    error: "schema",
    fields: expect.arrayContaining([{ path: "data.distance", problem: expect.any(String) }]),
  });
});
