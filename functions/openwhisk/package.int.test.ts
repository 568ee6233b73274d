// What `wadi package openwhisk` makes, in a runtime written from OpenWhisk's contract, on the Node of its images and on ours; and the
// whole way of a stream through it. SOAK=long sends 10,000 flights.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { run } from "../cli/program-under-test.contract.ts";
import { type KafkaAddress, parseKafkaAddress } from "../lib/broker/kafka/address.ts";
import { kafkaForTests, newName, noKafka } from "../lib/broker/kafka/under-test.contract.ts";
import { atEndOfFile } from "../lib/end-of-file.contract.ts";
import { nodeOf, OLDEST_NODE } from "../lib/node.contract.ts";
import { parseYaml } from "../lib/pipeline/file/yaml.ts";
import { hasRedisServer, newNamespace, type RedisServer, startRedis } from "../lib/store/fixtures/redis-server.ts";
import { parseRedisAddress, type RedisAddress } from "../lib/store/redis/address.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import { lateFlights, orderedValues } from "../local/remote/late-flights.contract.ts";
import { readSteps } from "../local/remote/setting.ts";
import {
  cleanUp,
  headersOf,
  later,
  observation,
  outcomeOf,
  pipeline,
  root,
  type Sent,
  settled,
  startHere,
  temporaryFolder,
} from "../local/wadi-under-test.contract.ts";
import type { Arguments, Result } from "./main.ts";
import { argumentsOf, openPlatform, STEP_ZIPS, startContainer, zipsOf } from "./platform.contract.ts";

afterEach(cleanUp);

const folder = mkdtempSync(join(TEMPORARY, "wadi-whisk-"));
atEndOfFile(() => rmSync(folder, { recursive: true }));
const out = join(folder, "actions");
let told = "";

beforeAll(async () => {
  const { code, out: text, err } = await run(["package", "openwhisk", "--out", out]);
  expect(err).toBe("");
  expect(code).toBe(0);
  told = text;
});

describe("a package for OpenWhisk", () => {
  test("is a small zip for each step that needs nothing else, with pipelines and scripts, and nothing of whoever made it", () => {
    expect(told).toMatch(/^Wrote .*actions: 4 actions \(validate \d+ kB, .*\) with 6 pipelines\.$/m);
    for (const [name, zip] of zipsOf(out)) {
      const files = unzipSync(zip);
      const main = Buffer.from(files["main.js"] as Uint8Array).toString();
      const pipelines = readdirSync(join(root, "helm/pipelines")).map((file) => `pipelines/${file}`);
      const scripts = readdirSync(join(root, "functions/lib/store/redis/scripts")).map((file) => `scripts/${file}`);

      expect(zip.length).toBeLessThan(500_000);
      expect(Object.keys(files).sort()).toEqual(
        ["package.json", "main.js", ...pipelines, ...(name === "validate" ? [] : scripts)].sort(),
      );
      expect(JSON.parse(Buffer.from(files["package.json"] as Uint8Array).toString())).toEqual({
        name: `wadi-${name}`,
        version: expect.any(String),
        main: "main.js",
      });
      for (const foreign of [root, ".test.ts"]) expect(main.includes(foreign), foreign).toBe(false);
    }
  });

  test("has a manifest with keys that wskdeploy knows, and a script that says the same; settings are parameters", () => {
    const manifest = parseYaml(readFileSync(join(out, "manifest.yaml"), "utf8"), "manifest.yaml") as Manifest;
    const script = readFileSync(join(out, "deploy.sh"), "utf8");
    const actions = Object.entries(manifest.packages.wadi.actions);

    expect(actions.map(([name]) => name)).toEqual(STEP_ZIPS);
    for (const [name, action] of actions) {
      expect(ACTION_KEYS).toEqual(expect.arrayContaining(Object.keys(action)));
      expect(action).toMatchObject({
        ...{ function: `${name}.zip`, runtime: "nodejs:20", "web-export": "raw" },
        annotations: { "require-whisk-auth": "$WADI_WHISK_AUTH" },
        limits: { timeout: 60_000, memorySize: 256 },
      });
      expect(action["inputs"]).toEqual(
        name === "validate" ? undefined : { WADI_STORE: { type: "string", value: "$WADI_STORE" } },
      );
    }
    const calls = deployed(script);
    expect(calls.filter((call) => call.startsWith("action update"))).toEqual(
      STEP_ZIPS.map((name) =>
        [
          `action update wadi/${name} ${name}.zip --kind nodejs:20 --web raw --web-secure s3cret`,
          "--timeout 60000 --memory 256 --concurrency 1",
          ...(name === "validate" ? [] : ["--param WADI_STORE redis://there:6379"]),
        ].join(" "),
      ),
    );
  });

  test("is the same bytes each time, replaces what it made, and leaves alone what it did not make", async () => {
    const before = zipsOf(out);
    const { code, out: text } = await run(["package", "openwhisk", "--out", out, "--kind", "nodejs:default", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(text).files.map(({ name }: { name: string }) => name)).toEqual([
      ...STEP_ZIPS.map((name) => `${name}.zip`),
      ...["manifest.yaml", "deploy.sh", "README.md"],
    ]);
    expect(zipsOf(out)).toEqual(before);
    expect(readFileSync(join(out, "manifest.yaml"), "utf8")).toContain("runtime: nodejs:default");

    writeFileSync(join(out, "notes.txt"), "mine");
    const strange = join(folder, "strange");
    mkdirSync(strange);
    writeFileSync(join(strange, "notes.txt"), "mine");

    expect((await run(["package", "openwhisk", "--out", out])).code).toBe(0);
    expect(readFileSync(join(out, "notes.txt"), "utf8")).toBe("mine");
    expect(await run(["package", "openwhisk", "--out", strange])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/notes\.txt\): name another folder with --out/),
    });
    expect(readdirSync(strange)).toEqual(["notes.txt"]);
  });

  test("is not made of pipelines that are wrong, or over a file", async () => {
    const pipelines = join(folder, "wrong");
    mkdirSync(pipelines);
    writeFileSync(join(pipelines, "a.yaml"), "name: a\n");
    const none = join(folder, "none");

    expect(await run(["package", "openwhisk", "--out", none, "--pipelines", pipelines])).toMatchObject({
      code: 1,
      err: expect.stringContaining("a.yaml"),
    });
    expect(await run(["package", "openwhisk", "--out", join(pipelines, "a.yaml")])).toMatchObject({
      code: 1,
      err: expect.stringContaining("cannot be written"),
    });
    expect(await run(["package", "openwhisk", "--kind", "python:3"])).toMatchObject({ code: 2 });
    expect(readdirSync(folder)).not.toContain("none");
  });
});

interface Manifest {
  readonly packages: { readonly wadi: { readonly actions: Readonly<Record<string, Record<string, unknown>>> } };
}

/** https://github.com/apache/openwhisk-wskdeploy/blob/master/specification/html/spec_actions.md */
const ACTION_KEYS = [
  ...["version", "function", "code", "runtime", "inputs", "outputs", "limits", "feed", "web", "web-export", "raw-http"],
  ...["docker", "native", "final", "main", "annotations"],
];

/** What the script asks `wsk` for: here a program that writes down its arguments. */
function deployed(script: string): string[] {
  const place = temporaryFolder();
  writeFileSync(join(place, "wsk"), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  writeFileSync(join(place, "deploy.sh"), script);
  const env = { PATH: `${place}:${process.env["PATH"]}`, WADI_STORE: "redis://there:6379", WADI_WHISK_AUTH: "s3cret" };
  return execFileSync("/bin/sh", [join(place, "deploy.sh")], { env, encoding: "utf8" }).split("\n");
}

const node20 = await nodeOf(OLDEST_NODE);
const NODES = [
  { what: "ours", path: process.execPath, missing: undefined, tags: [] },
  { what: "20.17, as the platform's image", ...node20, tags: ["node20"] },
];

let redis: RedisServer;

/** One container of a step. */
async function started(name: string, node: string, env: Readonly<Record<string, string>> = {}) {
  const container = await startContainer(node, env);
  later(() => container.kill());
  const ready = await container.init(zipsOf(out).get(name) as Buffer);
  expect(ready).toMatchObject({ status: 200, body: { OK: true } });
  return {
    container,
    run: async (settings: Arguments, { headers, body }: Call) => {
      const answer = await container.run({ ...settings, ...argumentsOf("POST", headers, Buffer.from(body)) });
      return answer.body as unknown as Result;
    },
  };
}

type Call = Pick<Result, "headers" | "body">;

const callOf = (sent: Sent): Call => ({ headers: headersOf(sent), body: JSON.stringify(sent.data) });
const newStore = () => ({ WADI_STORE: `redis://127.0.0.1:${redis.port}?namespace=${newNamespace()}` });

describe.skipIf(!hasRedisServer)("an action", { tags: ["redis"] }, () => {
  const node = node20.path || process.execPath;
  beforeAll(async () => {
    redis = await startRedis();
  });

  for (const { what, path, missing, tags } of NODES) {
    test.skipIf(missing !== undefined)(
      `learns over all steps on Node ${what}, one container each, and has no timer between two runs`,
      { tags },
      async () => {
        const settings = newStore();
        let call = callOf(observation(1, true));
        const statuses: unknown[] = [];
        for (const name of ["validate", "featurize", "learn"]) {
          const { container, run } = await started(name, path);
          const { statusCode, headers, body } = await run(settings, call);
          statuses.push([statusCode, headers["wadi-step"]]);
          // Twice in one container: the event is the same, and what was learned is not learned again.
          expect((await run(settings, call)).statusCode).toBe(name === "learn" ? 202 : 200);
          // What it tells of itself, nobody waits for: the store may be told after the answer.
          let busy = true;
          while (busy) {
            const { resources } = (await container.post("/about")).body as { resources: string[] };
            busy = resources.some((one) => /Timeout|Immediate|Tick/.test(one));
          }
          expect(container.sentinels()).toEqual([2, 2]);
          call = { headers, body };
        }

        expect(statuses).toEqual([
          [200, "validate"],
          [200, "featurize"],
          [200, "learn"],
        ]);
      },
    );
  }

  test("answers 503 while its Redis is away, and goes on when it is there, even if it was frozen meanwhile", async () => {
    const settings = newStore();
    const validated = await (await started("validate", node)).run(settings, callOf(observation(2, false)));
    const { container, run } = await started("featurize", node);
    const untilThere = async () => {
      let answer = await run(settings, validated);
      while (answer.statusCode === 503) answer = await run(settings, validated);
      return answer;
    };
    const before = await run(settings, validated);
    await redis.kill();

    const away = await run(settings, validated);
    await redis.start();
    const after = await untilThere();
    container.signal("SIGSTOP");
    await redis.kill();
    await redis.start();
    container.signal("SIGCONT");
    const thawed = await untilThere();

    expect(away).toMatchObject({ statusCode: 503, headers: { "wadi-step": "featurize" } });
    expect(before.statusCode).toBe(200);
    // The features that were stored the first time.
    expect([after, thawed]).toEqual([before, before]);
  });

  test("learns each of several events once that a container takes at once, where the platform allows that", async () => {
    const settings = newStore();
    const several = { __OW_ALLOW_CONCURRENT: "true" };
    let calls: readonly Call[] = Array.from({ length: 8 }, (_, i) => callOf(observation(i, true)));
    for (const name of ["validate", "featurize"]) {
      const { run } = await started(name, node, several);
      calls = await Promise.all(calls.map((call) => run(settings, call)));
    }
    const { run } = await started("learn", node, several);

    const first = await Promise.all(calls.map((call) => run(settings, call)));
    const again = await Promise.all(calls.map((call) => run(settings, call)));

    expect(first.map(({ statusCode }) => statusCode)).toContain(200);
    const commits = first.filter(({ statusCode }) => statusCode === 200).map(({ body }) => JSON.parse(body).count);
    expect(Math.max(...commits)).toBe(8);
    expect(again.map(({ statusCode }) => statusCode)).toEqual(calls.map(() => 202));
  });
});

test("the runtime of these tests keeps OpenWhisk's contract: one init, one run at a time, a result that is an object", async () => {
  const container = await startContainer(process.execPath);
  later(() => container.kill());
  const code = `let n = 0;
    exports.main = async ({ odd, held }) => {
      if (held) await new Promise((resolve) => process.once("SIGUSR2", resolve));
      return odd ? 7 : { n: ++n, id: process.env.__OW_ACTIVATION_ID };
    };`;
  const init = () => container.post("/init", { value: { main: "main", code } });

  expect((await container.run({})).status).toBe(403);
  expect((await init()).status).toBe(200);
  expect(await init()).toMatchObject({ status: 403, body: { error: "Cannot initialize the action more than once." } });
  const together = [container.run({ held: true }), container.run({ held: true })];
  expect((await Promise.race(together)).status).toBe(403);
  container.signal("SIGUSR2");
  expect((await Promise.all(together)).map(({ status }) => status).sort()).toEqual([200, 403]);
  expect((await container.run({ odd: true })).status).toBe(502);
  expect((await container.run({})).body).toEqual({ n: 2, id: "5" });
  expect(container.sentinels()).toEqual([3, 3]);
});

const LONG = process.env["SOAK"] === "long";
const FLIGHTS = LONG ? 10_000 : 120;
const seed = Number(process.env["WHISK_SEED"] ?? Date.now() % 2 ** 31);

const isMissing = noKafka !== undefined || !hasRedisServer;

describe.skipIf(isMissing)("Wadi's broker on Kafka with actions", { tags: noKafka ? ["kafka"] : ["redis"] }, () => {
  test(`learns each flight once, in order, whatever the platform answers and kills (WHISK_SEED=${seed})`, async () => {
    const redis = await startRedis();
    const store = `redis://127.0.0.1:${redis.port}?namespace=${newNamespace()}`;
    const brokers = (await kafkaForTests()).join(",");
    const each = (first: number, count: number) =>
      Array.from({ length: count }, (_, i) => (first * (i + 1) * FLIGHTS) / 120);
    const platform = await openPlatform({
      ...{ zips: zipsOf(out), node: node20.path || process.execPath, secret: "s3cret" },
      parameters: { WADI_STORE: store, WADI_LOG_LEVEL: "silent", WADI_LEARN_ORDER: "ordered" },
      chaos: { seed, share: 0.12 },
      kills: { featurize: each(40, LONG ? 3 : 1), learn: each(30, LONG ? 3 : 1) },
    });
    later(platform.close);
    const events = lateFlights(FLIGHTS);

    const started = Date.now();
    const away = await startHere(temporaryFolder(), {
      steps: readSteps(platform.url, "X-Require-Whisk-Auth: s3cret", { maxBytes: 716_800 }),
      valuesFile: orderedValues("PT60S"),
      kafka: parseKafkaAddress(`${brokers}?namespace=${newName("whisk")}&partitions=1`) as KafkaAddress,
      store: parseRedisAddress(store) as RedisAddress,
    });
    expect(await pipeline(away.url, events)).toBe(events.length);
    await settled(away);
    const seconds = (Date.now() - started) / 1000;
    const learnedAway = await outcomeOf(away);
    await away.stop();
    const here = await startHere(temporaryFolder());
    await pipeline(here.url, events);
    await settled(here);

    if (LONG) {
      const times = [...platform.answered].sort((a, b) => a - b);
      const figures = { seconds, runs: times.length, refused: platform.said.length, median: times[times.length >> 1] };
      process.stderr.write(`${JSON.stringify(figures)}\n`);
    }
    expect(learnedAway).toEqual(await outcomeOf(here));
    expect(learnedAway).toMatchObject({ count: FLIGHTS, learned: FLIGHTS, deadLetters: 0 });
    for (const status of [202, 400, 429]) expect(platform.said).toContain(status);
  }, 3_600_000);
});
