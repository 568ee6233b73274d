// What the admin port tells and does, however it is reached: over HTTP, or on the data folder of a Wadi that was stopped.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { NotFoundError, RejectedError } from "../lib/errors.ts";
import { describeLetters } from "./admin-letters.contract.ts";
import { describeLooks } from "./admin-looks.contract.ts";
import { describeMoves } from "./admin-moves.contract.ts";
import { type Access, type Live, tellStories } from "./admin-under-test.contract.ts";

export function describeAdmin(name: string, access: Access): void {
  const stories = tellStories(access);
  const { after, learnedShared, fourLettersShared } = stories;

  test(`${name}: the status names what is deployed, each trigger's lag, and what is kept`, async () => {
    const status = await (await fourLettersShared()).status();

    expect(status.pipelines).toEqual(["app-sessions", "flights", "image-segments", "line", "phishing", "shuttle"]);
    expect(status.triggers.map(({ name: step, lag }) => [step, lag])).toEqual([
      ["validate", 0],
      ["featurize", 0],
      ["predict", 0],
      ["learn", 0],
    ]);
    expect(status).toMatchObject({ deadLetters: 4, modelSets: 0, store: { kind: "sqlite" } });
    expect(status.store.missing).toBeUndefined();
  });

  test(`${name}: the status counts what was learned, in all model sets`, async () => {
    expect(await (await learnedShared(5)).status()).toMatchObject({ modelSets: 1, learned: 5 });
  });

  test(`${name}: a pipeline shows what it takes, what it learns, and what became of its labels`, async () => {
    const { items } = await (await learnedShared(3)).pipelines();

    const line = items.find((one) => one.name === "line");
    expect(line).toMatchObject({ target: "y", task: "regression", serve: "linear", schemaVersions: [1] });
    expect(line?.fields).toEqual(["x", "y", "time"]);
    expect(line?.models).toEqual(["linear", "mean"]);
    expect(line?.metrics).toEqual(["mae", "rmse", "r2", "mae_rolling_100"]);
    expect(line?.labels).toMatchObject({ opened: 3, joined: 3, expiredUnlabelled: 0, orphanedLabels: 0 });
  });

  test(`${name}: one pipeline shows its fields as a form has them, and its file as it was read`, async () => {
    const admin = await learnedShared(3);

    const { text, record, features, learnedFrom, ...line } = await admin.pipeline("line");

    expect(line).toEqual((await admin.pipelines()).items.find((one) => one.name === "line"));
    expect(text).toBe(readFileSync(line.file, "utf8"));
    expect(features).toEqual([{ name: "x", open: false, kind: "number", from: "x", as: "number" }]);
    expect(learnedFrom).toEqual({ set: "line", count: 3 });
    const roles = { isTarget: false, isTime: false, isSubject: false };
    expect(record).toEqual([
      { name: "x", kind: "number", optional: false, ...roles },
      { name: "y", kind: "number", optional: true, ...roles, isTarget: true },
      { name: "time", kind: "time", optional: true, ...roles, isTime: true },
    ]);
    await expect(admin.pipeline("lime")).rejects.toThrow(/did you mean "line"/);
    await expect(admin.pipeline("__proto__")).rejects.toBeInstanceOf(NotFoundError);
  });

  test(`${name}: a model set shows its models, their scores, which one serves, and its history, newest first`, async () => {
    const admin = await learnedShared(4);

    const set = await admin.model("line", {});
    const [summary] = (await admin.models({})).items;

    expect(set).toMatchObject({
      set: "line",
      pipeline: "line",
      count: 4,
      learnedIds: 4,
      champion: "linear",
      drift: [],
    });
    expect(set.models.map((one) => [one.name, one.serves, one.n, one.skipped])).toEqual([
      ["linear", true, 4, 0],
      ["mean", false, 4, 0],
    ]);
    expect(Object.keys(set.models[0]?.metrics ?? {})).toEqual(["mae", "rmse", "r2", "mae_rolling_100"]);
    expect(set.history.length).toBe(set.version);
    expect(set.history[0]).toMatchObject({
      version: set.version,
      count: 4,
      metrics: { linear: set.models[0]?.metrics },
    });
    expect((await admin.model("line", { history: 1 })).history).toEqual(set.history.slice(0, 1));
    expect((await admin.model("line", { history: 0 })).history).toEqual([]);
    const { version, generation, count } = set;
    const { metrics } = set.models[0] ?? {};
    const { time: last } = set.history[0] ?? {};
    const its = { set: "line", pipeline: "line", champion: "linear" };
    expect(summary).toEqual({ ...its, generation, version, count, metrics, last });
  });

  test(`${name}: a model set shows whether intervals hold the truths, and whether probabilities come true`, async () => {
    const admin = await after(async ({ send, settled }) => {
      for (let i = 0; i < 40; i++) await send("observation", `o${i}`, { x: i % 5, y: 3 });
      const names = ["empty_server_form_handler", "popup_window", "https", "request_from_other_domain", "long_url"];
      const others = ["anchor_from_other_domain", "is_popular", "age_of_domain", "ip_in_url"];
      const page = Object.fromEntries([...names, ...others].map((field) => [field, 1]));
      for (let i = 0; i < 5; i++) {
        const data = { ...page, is_phishing: i % 2 };
        await send("observation", `p${i}`, data, { pipeline: "phishing" });
      }
      await settled();
    });

    const [linear] = (await admin.model("line", {})).models;
    const [logistic] = (await admin.model("phishing", {})).models;

    expect(linear?.coverage).toEqual({ level: 0.9, n: 10, inside: expect.any(Number) });
    expect(linear).not.toHaveProperty("calibration");
    expect(logistic).not.toHaveProperty("coverage");
    expect(logistic?.calibration).toHaveLength(10);
    expect(logistic?.calibration?.reduce((sum, { n }) => sum + n, 0)).toBe(5);
    for (const { n, predicted, observed } of logistic?.calibration ?? []) {
      if (n === 0) expect([predicted, observed]).toEqual([0, 0]);
      else expect((observed * n) % 1).toBeCloseTo(0, 9);
    }
  });

  test(`${name}: model sets come page by page`, async () => {
    const admin = await after(async ({ send, wadi }) => {
      await send("observation", "o", { x: 1, y: 2 });
      const commit = { generation: "1", expectedRevision: "", revision: "r", state: "{}", ids: [] };
      for (const set of ["line/b", "line/a", "gone"]) await wadi.store.models.commit(set, commit);
    });

    const first = await admin.models({ limit: 3 });
    const last = await admin.models({ limit: 3, ...(first.next !== undefined && { after: first.next }) });

    expect(first.items.map(({ set }) => set)).toEqual(["gone", "line", "line/a"]);
    expect(last.items.map(({ set, pipeline }) => [set, pipeline])).toEqual([["line/b", "line"]]);
    expect(last.next).toBeUndefined();
    expect(await admin.model("gone", {})).toMatchObject({ pipeline: "gone", champion: "", models: [], count: 0 });
  });

  test(`${name}: model sets come the worst, the newest or the longest silent first, page by page`, async () => {
    const scores = { "line/a": 1, "line/b": 3, "line/c": 2 };
    const admin = await after(async ({ wadi }) => {
      for (const [i, [set, mae]] of Object.entries(scores).entries()) {
        const history = JSON.stringify({ time: 1000 + i, count: 1, metrics: { linear: { mae_rolling_100: mae } } });
        const commit = { generation: "1", expectedRevision: "", revision: set, state: "{}", ids: [], history };
        await wadi.store.models.commit(set, commit);
      }
    });
    const pages = async (sort: "worst" | "newest" | "silent") => {
      const first = await admin.models({ sort, limit: 2, prefix: "line/" });
      const last = await admin.models({ sort, limit: 2, prefix: "line/", after: first.next ?? "" });
      expect([first.items.length, first.count, last.next]).toEqual([2, 3, undefined]);
      return [...first.items, ...last.items].map(({ set, last: at }) => [set, at]);
    };

    expect(await pages("worst")).toEqual([
      ["line/b", 1001],
      ["line/c", 1002],
      ["line/a", 1000],
    ]);
    expect((await pages("newest")).map(([set]) => set)).toEqual(["line/c", "line/b", "line/a"]);
    expect((await pages("silent")).map(([set]) => set)).toEqual(["line/a", "line/b", "line/c"]);
    await expect(admin.models({ sort: "worst", after: "line/a" })).rejects.toBeInstanceOf(RejectedError);
  });

  test(`${name}: a set that has not learned, or a pipeline that is not deployed, is not found, and a similar name is proposed`, async () => {
    const admin = await learnedShared(1);

    const asked = [admin.model("flights", {}), admin.model("lime", {}), admin.trace("lines", "o0")];

    const answers = await Promise.allSettled(asked);
    for (const answer of answers) expect((answer as PromiseRejectedResult).reason).toBeInstanceOf(NotFoundError);
    expect(String((answers[1] as PromiseRejectedResult).reason)).toContain('did you mean "line"?');
    expect(String((answers[2] as PromiseRejectedResult).reason)).toContain('did you mean "line"?');
  });

  test(`${name}: a trace has the order of a life: observed, predicted, labelled, learned`, async () => {
    const admin = await after(async ({ send, settled }) => {
      await send("observation", "o1", { x: 3 });
      await settled();
      await send("label", "l1", { y: 5 }, { subject: "o1" });
    });

    const { steps, expiresAt = 0, ...life } = await admin.trace("line", "o1");

    expect(steps.map(({ what }) => what)).toEqual(["observed", "predicted", "labelled", "learned"]);
    expect(steps[0]?.detail).toContain("event o1 from /test");
    expect(steps[1]?.detail).toContain("linear said 0 (version 0)");
    expect(steps[2]?.detail).toContain("5");
    expect(life).toMatchObject({ pipeline: "line", subject: "o1", state: "learned", x: { x: 3 }, y: 5 });
    expect(life.served).toMatchObject({ model: "linear", version: 0, values: { linear: 0 } });
    expect(expiresAt).toBeGreaterThan(Date.now());
  });

  test.each<[string, Live, RegExp, string[]]>([
    [
      "waits for its label, and until when",
      ({ send }) => send("observation", "it", { x: 1 }),
      /^waits for its label until 20\d\d-/,
      ["observed", "predicted"],
    ],
    [
      "was refused",
      ({ send }) => send("observation", "it", { x: "text" }),
      /^given up by validate \(schema\): see dead letter 1$/,
      ["dead-letter"],
    ],
    [
      "has only a label yet, or came too long ago",
      ({ send }) => send("label", "l", { y: 1 }, { subject: "it" }),
      /^its label waits until .* for the observation, which has not come, or came so long ago/,
      ["labelled"],
    ],
    [
      "has a label that was refused, and waits for another",
      async ({ send, settled }) => {
        await send("observation", "it", { x: 1 });
        await settled();
        await send("label", "l", { y: "text" }, { subject: "it" });
      },
      /^waits for its label until .*; one was given up \(schema\): see dead letter 1$/,
      ["observed", "predicted", "dead-letter"],
    ],
    [
      "was learned though its label came first",
      async ({ send, settled }) => {
        await send("label", "l", { y: 1 }, { subject: "it" });
        await settled();
        await send("observation", "it", { x: 1 });
      },
      /^learned$/,
      ["labelled", "observed", "predicted", "learned"],
    ],
  ])(`${name}: the state of an observation says in words that it %s`, async (_title, live, state, whats) => {
    const admin = await after(live);

    const trace = await admin.trace("line", "it");

    expect(trace.state).toMatch(state);
    expect(trace.steps.map(({ what }) => what)).toEqual(whats);
    await expect(admin.trace("flights", "it")).rejects.toBeInstanceOf(NotFoundError);
  });

  test(`${name}: a trace is found whatever characters the subject has`, async () => {
    const subjects = [
      ".",
      "..",
      "a/b",
      "%2F",
      "a b",
      "?x=1#y",
      "é😀\u2028",
      "__proto__",
      "constructor",
      "redrive",
      "a%",
      "\\",
    ];
    const admin = await after(async ({ send }) => {
      for (const [i, subject] of subjects.entries()) await send("observation", `o${i}`, { x: i }, { subject });
    });

    const traces = await Promise.all(subjects.map((subject) => admin.trace("line", subject)));

    expect(traces.map(({ subject }) => subject)).toEqual(subjects);
    expect(traces.map(({ x }) => x?.["x"])).toEqual(subjects.map((_, i) => i));
    await expect(admin.trace("line", "\ud800")).rejects.toBeInstanceOf(NotFoundError);
  });

  describeLooks(name, stories);
  describeMoves(name, stories);
  describeLetters(name, stories);
}
