// Ten thousand requests that nobody should send, at a process of its own, so that a crash would be seen as one. Whatever
// comes is answered with a reason or becomes a dead letter with one, and good events are learned all the while.

import { connect } from "node:net";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { forgedEvents } from "./forged-events.contract.ts";
import type { Hostile } from "./hostile-bytes.contract.ts";
import { hostileRequests } from "./hostile-requests.contract.ts";
import { type Exchange, exchange } from "./raw-exchange.contract.ts";
import {
  cleanUp,
  observation,
  pause,
  post,
  spawnWadi,
  temporaryFolder,
  type WadiProcess,
} from "./wadi-under-test.contract.ts";

afterEach(cleanUp);

// HOSTILE_SEED=<the number in the title> sends the very same requests again.
const seed = Number(process.env["HOSTILE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const REQUESTS = 7000;
const FORGED = 3000;
const CLIENTS = 8;
/** One good event among so many. */
const GOOD_EVERY = 50;

type Sent = Hostile & { readonly n: number };

function requests(): readonly Sent[] {
  const hostile = fc.sample(hostileRequests, { numRuns: REQUESTS, seed });
  const forged = fc.sample(forgedEvents, { numRuns: FORGED, seed });
  const mixed = hostile.flatMap((one, i) => (i % 7 < 3 && forged.length > 0 ? [one, forged.pop() ?? one] : [one]));
  return [...mixed, ...forged].map((make, n) => ({ ...make(n), n }));
}

/** Undefined where the answer is as it should be; else what is odd about it. */
function oddity({ cut, bytes }: Sent, answer: Exchange): string | undefined {
  if (cut) return answer === "silent" ? "a cut request was left hanging" : undefined;
  if (typeof answer === "string") return `no answer: ${answer}`;
  const { status, body } = answer;
  const start = bytes.subarray(0, 7).toString("latin1");
  if (status === 202) return start === "POST / " ? undefined : "accepted";
  if (status < 400 || status >= 500) return `status ${status}`;
  return start.startsWith("HEAD") || hasReason(body) ? undefined : `${status} without a reason: ${body.slice(0, 200)}`;
}

/** Ours are { error, message }; on the inference protocol's paths they are those of RFC 9457. */
function hasReason(body: string): boolean {
  try {
    const { error, message, type, detail } = JSON.parse(body) as Record<string, unknown>;
    return [error ?? type, message ?? detail].every((text) => typeof text === "string" && text !== "");
  } catch {
    return false;
  }
}

const SLOW_BODY = JSON.stringify({ x: "slow" });
const SLOW_HEAD = [
  "POST / HTTP/1.1",
  "host: localhost",
  "ce-specversion: 1.0",
  "ce-type: dev.wadi.observation",
  "ce-source: /slow",
  "ce-pipeline: line",
  "content-type: application/json",
  `content-length: ${SLOW_BODY.length}`,
].join("\r\n");
/** A request has 30 s to come in. */
const SLOW_REQUEST_MS = 10_000;
const SLOW_CLIENTS = 20;

/** A byte now and then, until `over` or for as long as one request may take; what was answered. */
async function slowRequest(port: number, id: string, isInHeaders: boolean, over: Promise<void>): Promise<string> {
  const bytes = `${SLOW_HEAD}\r\nce-id: ${id}\r\n\r\n${SLOW_BODY}`;
  const socket = connect(port, "127.0.0.1");
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const answered = new Promise<void>((resolve) => {
    socket.on("data", (data) => {
      text += data;
      if (/\r\n\r\n/.test(text)) resolve();
    });
  });
  let text = "";
  let isOver = false;
  void over.then(() => {
    isOver = true;
  });
  socket.on("error", () => {});
  let sent = isInHeaders ? 40 : bytes.length - SLOW_BODY.length;
  socket.write(bytes.slice(0, sent));
  for (const began = Date.now(); !isOver && Date.now() - began < SLOW_REQUEST_MS; ) {
    await Promise.race([over, pause(1000)]);
    if (!isOver && sent < bytes.length - 1) socket.write(bytes.slice(sent, ++sent));
  }
  socket.write(bytes.slice(sent));
  await Promise.race([answered, closed]);
  socket.destroy();
  return text;
}

/** Clients that send one slow request after the other until they are told to finish; all their answers. */
function slowClients(port: number) {
  const over = Promise.withResolvers<void>();
  let isOver = false;
  const client = async (number: number): Promise<string[]> => {
    const answers: string[] = [];
    // Half of them are still in their headers.
    do answers.push(await slowRequest(port, `slow${number}-${answers.length}`, number % 2 === 1, over.promise));
    while (!isOver);
    return answers;
  };
  const clients = Array.from({ length: SLOW_CLIENTS }, (_, number) => client(number));
  return {
    async finish(): Promise<readonly string[]> {
      isOver = true;
      over.resolve();
      return (await Promise.all(clients)).flat();
    },
  };
}

async function learnedGood(wadi: WadiProcess): Promise<number> {
  const { count, learned } = await wadi.outcome();
  expect(learned).toBe(count);
  return count;
}

test(`ten thousand hostile requests are each refused with a reason, and good events are learned meanwhile (seed ${seed})`, async () => {
  const wadi = await spawnWadi(temporaryFolder());
  const all = requests();
  const odd: string[] = [];
  const kept = new Set<number>();
  let good = 0;
  let next = 0;
  const sendGood = async () => expect((await post(wadi.url, observation(good++, true)))?.status).toBe(202);
  const client = async (end: number) => {
    while (next < end) {
      const sent = all[next++] as Sent;
      const answer = await exchange(wadi.port, sent.bytes, sent.cut);
      const wrong = oddity(sent, answer);
      if (wrong !== undefined)
        odd.push(`${wrong} | ${sent.what} | ${JSON.stringify(sent.bytes.toString("latin1").slice(0, 500))}`);
      if (typeof answer === "object" && answer.status === 202) kept.add(sent.n);
      if (sent.n % GOOD_EVERY === 0) await sendGood();
    }
  };
  const clients = (end: number) => Promise.all(Array.from({ length: CLIENTS }, () => client(end)));

  for (let i = 0; i < 50; i++) await sendGood();
  const slow = slowClients(wadi.port);
  await clients(all.length / 4);
  await learnedGood(wadi);
  const before = await wadi.ask<number>("held");
  await clients(all.length);
  const answersOfSlow = await slow.finish();
  for (let i = 0; i < 50; i++) await sendGood();
  const learned = await learnedGood(wadi);
  const after = await wadi.ask<number>("held");

  expect(all.length).toBe(10_000);
  expect(odd.slice(0, 10)).toEqual([]);
  expect(learned).toBe(good);
  expect(await wadi.ask("sets"), "nothing of a hostile event is learned").toEqual(["flights"]);
  expect(answersOfSlow.length).toBeGreaterThanOrEqual(SLOW_CLIENTS);
  expect(answersOfSlow.filter((text) => !text.startsWith("HTTP/1.1 202"))).toEqual([]);
  const letters = await wadi.ask<{ n?: number; reason: string }[]>("letters");
  expect(letters.filter(({ reason }) => !/^[a-z-]+$/.test(reason))).toEqual([]);
  const dead = new Set(letters.map(({ n }) => Number(n)));
  expect([...kept].filter((n) => !dead.has(n)).map((n) => all[n]?.bytes.toString("latin1").slice(0, 400))).toEqual([]);
  expect(kept.size).toBeGreaterThan(500);
  // A few objects are kept of each kind of mistake, and nothing of each mistake.
  expect(after - before).toBeLessThan(5e6);
  expect(wadi.log()).not.toMatch(/"level":"error"|[Uu]nhandled/);
  // Ten lines a minute for each kind of mistake at each step.
  expect(wadi.log().split("\n").length).toBeLessThan(1000);
  wadi.child.kill("SIGTERM");
  expect(await wadi.exit).toEqual({ code: 0, signal: null });
}, 600_000);
