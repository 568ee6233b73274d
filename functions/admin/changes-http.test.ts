// The stream as a client reads it.

import { expect, test } from "vitest";
import { type Running, startRunning, TOKEN } from "./fixtures/running.ts";

/** Reads events until the server ends the stream. */
async function follow({ ask }: Running, headers: Record<string, string> = {}) {
  const left = new AbortController();
  const response = await ask("/api/v1/changes", { headers, signal: left.signal });
  let text = "";
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const piece of response.body as AsyncIterable<Uint8Array>)
      text += decoder.decode(piece, { stream: true });
    return text;
  })();
  ended.catch(() => {});
  const heard = async (what: RegExp) => {
    while (!what.test(text)) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  return { response, ended, heard, leave: () => left.abort() };
}

test("commits and dead letters are streamed as they happen", async () => {
  const running = await startRunning();
  const { response, heard, ended } = await follow(running);
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  await heard(/event: status\nid: 0\ndata: \{"version"/);

  await running.send("observation", "o", { x: 1, y: 2 });
  await running.send("observation", "bad", { x: "text" });

  await heard(/event: model\ndata: \{"pipeline":"line","set":"line",.*"count":1,/);
  await heard(/event: dead-letter\nid: 1\ndata: \{"number":1,"step":"validate"/);
  await heard(/event: status\ndata: .*"deadLetters":1/);
  await running.stop();
  expect(await ended).toContain("retry: 2000");
});

test("a stop ends the stream at once, and does not wait for its reader", async () => {
  const running = await startRunning();
  const { heard, ended } = await follow(running);
  await heard(/status/);

  await running.stop();

  // What a stop has to wait for is cut in the end, and a stream that is cut throws here.
  expect(await ended).toContain("event: status");
});

test("a reader that comes back gets the dead letters that it missed", async () => {
  const running = await startRunning();
  const first = await follow(running);
  await first.heard(/id: 0/);
  first.leave();
  for (const id of ["a", "b"]) await running.send("observation", id, { x: "text" });
  await running.settled();

  const { heard } = await follow(running, { "last-event-id": "1" });

  await heard(/event: dead-letter\nid: 2\n/);
});

test("one reader too many is told to come back later", async () => {
  const running = await startRunning();
  for (let i = 0; i < 32; i++) await (await follow(running)).heard(/status/);

  const response = await running.ask("/api/v1/changes");

  expect(response.status).toBe(429);
  expect(response.headers.get("retry-after")).toBe("10");
  expect(response.headers.get("content-type")).toBe("application/problem+json");
});

test("a HEAD request gets the headers and no stream", async () => {
  const { url, ask } = await startRunning();

  const response = await ask("/api/v1/changes", { method: "HEAD" });
  const stranger = await fetch(`${url}/api/v1/changes?token=${TOKEN}`);

  expect(response.status).toBe(200);
  expect(await response.text()).toBe("");
  expect(stranger.status).toBe(401);
});
