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

/** Clients that send a byte now and then, for as long as the others go on. */
function slowClients(port: number) {
  const body = JSON.stringify({ x: "slow" });
  const head = `POST / HTTP/1.1\r\nhost: localhost\r\nce-specversion: 1.0\r\nce-type: dev.wadi.observation\r\nce-source: /slow\r\n`;
  const whole = `${head}ce-pipeline: line\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`;
  const slow = Array.from({ length: 20 }, (_, i) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (data) => {
      text += data;
    });
    const bytes = `${whole}ce-id: slow${i}\r\n\r\n${body}`;
    // Half of them are still in their headers.
    let sent = i % 2 === 0 ? bytes.length - body.length : 40;
    socket.write(bytes.slice(0, sent));
    const drip = setInterval(() => socket.write(bytes.slice(sent, ++sent)), 1000);
    return {
      async finish(): Promise<string> {
        clearInterval(drip);
        socket.write(bytes.slice(sent));
        while (!/\r\n\r\n/.test(text) && !socket.destroyed) await new Promise((resolve) => setTimeout(resolve, 5));
        socket.destroy();
        return text;
      },
    };
  });
  return slow;
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
  const answersOfSlow = await Promise.all(slow.map(({ finish }) => finish()));
  for (let i = 0; i < 50; i++) await sendGood();
  const learned = await learnedGood(wadi);
  const after = await wadi.ask<number>("held");

  expect(all.length).toBe(10_000);
  expect(odd.slice(0, 10)).toEqual([]);
  expect(learned).toBe(good);
  expect(await wadi.ask("sets"), "nothing of a hostile event is learned").toEqual(["flights"]);
  expect(answersOfSlow.filter((text) => !text.startsWith("HTTP/1.1 202"))).toEqual([]);
  const letters = await wadi.ask<{ n?: number; reason: string }[]>("letters");
  expect(letters.filter(({ reason }) => !/^[a-z-]+$/.test(reason))).toEqual([]);
  const dead = new Set(letters.map(({ n }) => Number(n)));
  expect([...kept].filter((n) => !dead.has(n)).map((n) => all[n]?.bytes.toString("latin1").slice(0, 400))).toEqual([]);
  // Clients' events; what is forged is refused at the door.
  expect(kept.size).toBeGreaterThan(500);
  // A few objects are kept of each kind of mistake, and nothing of each mistake.
  expect(after - before).toBeLessThan(5e6);
  expect(wadi.log()).not.toMatch(/"level":"error"|[Uu]nhandled/);
  // Ten lines a minute for each kind of mistake at each step.
  expect(wadi.log().split("\n").length).toBeLessThan(1000);
  wadi.child.kill("SIGTERM");
  expect(await wadi.exit).toEqual({ code: 0, signal: null });
}, 120_000);
