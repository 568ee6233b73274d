// The actions of `wadi package openwhisk` in a runtime written from OpenWhisk's contract: zips, starts, runs, events a second with one
// container a step, and many `learn` containers that contend for one model. It needs a redis-server on the path.
//
// Usage: node bench/openwhisk.ts [--flights <n>] [--learners <n>] [--node <program>]

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { writeEvent } from "../functions/lib/events/codec.ts";
import { SCRIPTS } from "../functions/lib/store/redis/scripts.ts";
import {
  argumentsOf,
  openPlatform,
  type Platform,
  STEP_ZIPS,
  startContainer,
  zipsOf,
} from "../functions/openwhisk/platform.contract.ts";
import { labelledFlights } from "./flights.ts";
import { startRedis } from "./redis-server.ts";
import { assert, median } from "./row.ts";
import { ROOT, Session } from "./session.ts";

const STARTS = 5;
const MODEL = "flights";

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Sending {
  /** The derived events. */
  readonly derived: readonly Sent[];
  readonly seconds: number;
  /** Of each event, until it was taken. */
  readonly ms: readonly number[];
  readonly retries: ReadonlyMap<number, number>;
}

/** `atOnce` events under way; what is refused for a while is sent again at once. @throws Error for what is refused for good. */
async function send(url: string, events: readonly Sent[], atOnce: number): Promise<Sending> {
  const derived: Sent[] = [];
  const ms: number[] = [];
  const retries = new Map<number, number>();
  let next = 0;
  const one = async () => {
    while (next < events.length) {
      const { headers, body } = events[next++] as Sent;
      const start = performance.now();
      for (;;) {
        const answer = await fetch(url, { method: "POST", headers, body });
        const text = await answer.text();
        if (answer.status < 300) {
          derived.push({ headers: eventHeaders(answer.headers), body: text });
          break;
        }
        assert([409, 429, 503].includes(answer.status), `${url} answers ${answer.status}: ${text}`);
        retries.set(answer.status, (retries.get(answer.status) ?? 0) + 1);
      }
      ms.push(performance.now() - start);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: atOnce }, one));
  return { derived, seconds: (performance.now() - start) / 1000, ms, retries };
}

const eventHeaders = (headers: Headers) =>
  Object.fromEntries([...headers].filter(([name]) => /^ce-|^content-type$/.test(name)));

function table(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === "number" ? cell.toFixed(cell < 10 ? 1 : 0) : cell)),
  );
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  return `${cells.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")).join("\n")}\n`;
}

async function starts(
  zips: ReadonlyMap<string, Buffer>,
  node: string,
  store: string,
  first: ReadonlyMap<string, Sent>,
) {
  const rows: (string | number)[][] = [["action", "zip kB", "process and init ms", "first run ms", "later runs ms"]];
  for (const [name, zip] of zips) {
    const { headers, body } = first.get(name) as Sent;
    const args = { WADI_STORE: store, ...argumentsOf("POST", headers, Buffer.from(body)) };
    const figures: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < STARTS; i++) {
      const begin = performance.now();
      const container = await startContainer(node);
      await container.init(zip);
      figures[0].push(performance.now() - begin);
      figures[1].push((await container.run(args)).ms);
      for (let more = 0; more < 50; more++) figures[2].push((await container.run(args)).ms);
      container.kill();
    }
    rows.push([name, zip.length / 1000, ...figures.map(median)]);
  }
  return rows;
}

/** The commits that were tried, as the Redis hears them. */
async function commitsHeard(port: number): Promise<{ readonly tried: () => number; close(): void }> {
  const redis = new Redis(port, "127.0.0.1");
  const monitor = await redis.monitor();
  let tried = 0;
  monitor.on("monitor", (_time: string, [command, sha]: string[]) => {
    if (command?.toLowerCase() === "evalsha" && sha === SCRIPTS.commit.sha) tried++;
  });
  return {
    tried: () => tried,
    close() {
      monitor.disconnect();
      redis.disconnect();
    },
  };
}

async function contend(platform: Platform, port: number, learners: number, examples: readonly Sent[]) {
  const heard = await commitsHeard(port);
  const redis = new Redis(port, "127.0.0.1");
  const state = async () => {
    const keys = await redis.keys("*:state:*");
    const states = await Promise.all(keys.map((key) => redis.hgetall(key)));
    return states.map(({ version, state }) => ({ version: Number(version), count: JSON.parse(state ?? "{}").count }));
  };
  // Each container starts, and opens the store; one of them learns the example.
  await send(`${platform.url}learn`, Array(learners).fill(examples[0]), learners);
  const [before] = await state();
  const triedBefore = heard.tried();
  const { seconds, ms, retries } = await send(`${platform.url}learn`, examples, learners);
  const [after] = await state();
  const [count, version] = [after?.count as number, (after?.version ?? 0) - (before?.version ?? 0)];
  heard.close();
  redis.disconnect();
  assert(count === examples.length, `${examples.length} examples were answered, and ${count} learned`);
  const sorted = [...ms].sort((a, b) => a - b);
  return { seconds, retries, sorted, version, conflicts: heard.tried() - triedBefore - version };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      flights: { type: "string", default: "1000" },
      learners: { type: "string", default: "16" },
      node: { type: "string", default: process.execPath },
    },
  });
  const [flights, learners] = [Number(values.flights), Number(values.learners)];
  const { node } = values;
  const session = new Session();
  const out = join(session.folder(), "actions");
  execFileSync(join(ROOT, "wadi"), ["package", "openwhisk", "--out", out]);
  const zips = zipsOf(out);
  const redis = await startRedis(session, { durable: true });
  const address = `redis://127.0.0.1:${redis.port}`;
  const say = (text: string) => void process.stdout.write(text);
  say(`Node ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim()}, ${flights} flights\n\n`);

  const observations = labelledFlights(0, flights).map((event): Sent => {
    const { headers, body } = writeEvent({ ...event, pipeline: MODEL });
    return { headers: headers as Sent["headers"], body: String(body) };
  });
  const settings = { zips, node, parameters: { WADI_STORE: address, WADI_LOG_LEVEL: "silent" } };
  const alone = await openPlatform(settings);
  const rates: (string | number)[][] = [["one container of", "events a second"]];
  const first = new Map<string, Sent>();
  let events: readonly Sent[] = observations;
  for (const step of ["validate", "featurize", "predict"]) {
    first.set(step, events[0] as Sent);
    await send(alone.url + step, events.slice(0, 1), 1);
    const { derived, seconds } = await send(alone.url + step, events, 1);
    rates.push([step, flights / seconds]);
    if (step !== "predict") events = derived;
  }
  first.set("learn", events[0] as Sent);
  const examples = events;

  const many = await openPlatform({ ...settings, containers: learners });
  const { seconds, retries, sorted, version, conflicts } = await contend(many, redis.port, learners, examples);
  many.close();
  const fresh = await startRedis(session, { durable: true });
  const single = await openPlatform({
    ...settings,
    parameters: { ...settings.parameters, WADI_STORE: `redis://127.0.0.1:${fresh.port}` },
  });
  const one = await contend(single, fresh.port, 1, examples);
  rates.push(["learn", flights / one.seconds]);
  single.close();
  alone.close();
  say(`${table(rates)}\n`);
  say(
    `${table([
      [`${learners} containers of learn, one model`, ""],
      ["events a second", flights / seconds],
      ["examples learned, each once, the first before", String(flights)],
      ["commits", String(version)],
      ["commits refused by their version", String(conflicts)],
      ...[...retries].map(([status, count]) => [`answers ${status}, sent again`, String(count)]),
      ["an event, median ms", median(sorted)],
      ["an event, 99 % below ms", sorted[Math.floor(sorted.length * 0.99)] ?? 0],
      ["an event, longest ms", sorted.at(-1) ?? 0],
    ])}\n`,
  );
  say(table(await starts(zips, node, address, first)));
  assert(
    STEP_ZIPS.every((name) => zips.has(name)),
    "an action is missing",
  );
  session.close();
}

await main();
