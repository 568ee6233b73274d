// `wadi pipeline`: what it writes is sound, and learns when the same file is sent.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createModelSet } from "../../lib/learners/model-set.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import { baseText, type LearnedBy } from "../../lib/states/learned-by.ts";
import { openSqliteStore } from "../../lib/store/sqlite/sqlite.ts";
import { startLocal } from "../../local/start.ts";
import { settled } from "../../local/wadi-under-test.contract.ts";
import { run } from "../program-under-test.contract.ts";

const root = join(import.meta.dirname, "../../..");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wadi-pipeline-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const create = (csv: string, ...args: readonly string[]) =>
  run(["pipeline", "new", "taxi", "--from", csv, "--out", folder, ...args]);
const written = () => readFileSync(join(folder, "taxi.yaml"), "utf8");

const TRIPS = `pickup,km,zone,paid,note,minutes
2026-01-01 08:30,3.5,north,true,aa,12
2026-01-01 09:10,1,south,false,,4
2026-01-02 17:45,8.25,north,true,cc,31
`;

describe("check", () => {
  test("the files of the house are sound: a line each", async () => {
    const { code, out } = await run(["pipeline", "check", join(root, "helm/pipelines")]);

    expect(code).toBe(0);
    expect(out).toMatch(/^✓ .*flights\.yaml: flights predicts delay from 6 features, 3 models, linear serves$/m);
  });

  test("where the best model is chosen, its metric and the model that serves first are told", async () => {
    const text = readFileSync(join(root, "helm/pipelines/flights.yaml"), "utf8");
    const best = file("best.yaml", text.replace(/^serve: .*$/m, "serve: { best: rmse }"));

    expect((await run(["pipeline", "check", best])).out).toMatch(/the best by rmse serves, \S+ first$/m);
  });

  test("drift detectors are told, and what happens at a drift", async () => {
    const text = readFileSync(join(root, "helm/pipelines/line.yaml"), "utf8");
    const drift = file("drift.yaml", `${text}drift: [ adwin, page-hinkley: { threshold: 5 } ]\nonDrift: restart\n`);

    expect((await run(["pipeline", "check", drift])).out).toMatch(
      /linear serves;\s+drift\s+is told by adwin, page-hinkley,\s+and a model begins anew$/m,
    );
  });

  test("a file with a warning is valid: the place and the cure are told, and the exit code is 0", async () => {
    const text = readFileSync(join(root, "helm/pipelines/flights.yaml"), "utf8");
    const unscaled = file("unscaled.yaml", text.replace("    - standard-scaler: { only: numbers }\n", ""));

    const { code, out } = await run(["pipeline", "check", unscaled]);
    const json = JSON.parse((await run(["pipeline", "check", unscaled, "--json"])).out);

    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}warning: models\.linear\[0\]: distance reaches linear-regression as it is/m);
    expect(json).toMatchObject({ ok: true, files: [{ warnings: [expect.stringContaining("standard-scaler")] }] });
  });

  test("each problem has its file, place and cure, and the sound ones are told all the same", async () => {
    const good = join(root, "helm/pipelines/line.yaml");
    const bad = file("bad.yaml", readFileSync(good, "utf8").replace("as: number", "as: numbr"));

    const { code, out } = await run(["pipeline", "check", good, bad]);
    const json = JSON.parse((await run(["pipeline", "check", good, bad, "--json"])).out);

    expect(code).toBe(1);
    expect(out).toMatch(/^✓ .*line\.yaml/m);
    expect(out).toMatch(/^✗ .*bad\.yaml.*features\[0\]\.as.*number/m);
    expect(json).toEqual({
      ok: false,
      files: [
        { file: good, ok: true, name: "line" },
        { file: bad, ok: false, problem: expect.stringContaining("features[0].as") },
      ],
    });
  });

  test("two files with one name, a folder with none, and a wrong ending", async () => {
    const text = readFileSync(join(root, "helm/pipelines/line.yaml"), "utf8");
    const twins = [file("a.yaml", text), file("b.yaml", text)];
    mkdirSync(join(folder, "empty"));
    mkdirSync(join(folder, "misnamed"));
    file("misnamed/a.yml", text);

    expect((await run(["pipeline", "check", ...twins])).out).toMatch(
      /b\.yaml: the name line is also used by .*a\.yaml/,
    );
    expect(await run(["pipeline", "check", join(folder, "empty")])).toMatchObject({ code: 1 });
    expect((await run(["pipeline", "check", join(folder, "misnamed")])).out).toContain("pipeline files end in .yaml");
    expect(await run(["pipeline", "check", join(folder, "none.yaml")])).toMatchObject({ code: 2 });
    expect(await run(["pipeline", "check", file("c.txt", "")])).toMatchObject({ code: 2 });
  });
});

describe("check --against", () => {
  const TOKEN = "token-of-a-test-run";
  const LINE = readFileSync(join(root, "helm/pipelines/line.yaml"), "utf8");
  const GROWN = LINE.replace(
    "  time: time\n",
    `    2:
      type: record
      name: Point
      fields:
        - { name: x, type: double }
        - { name: slope, type: double, default: 7 }
        - { name: y, type: ["null", double], default: null }
        - { name: time, type: ["null", { type: long, logicalType: timestamp-millis }], default: null }
  time: time
`,
  ).replace("  - { from: x, as: number }\n", "  - { from: x, as: number }\n  - { from: slope, as: number }\n");

  test("a file that grew says so field by field and model by model, in a table, and passes", async () => {
    const [before, now] = [file("before.yaml", LINE), file("now.yaml", GROWN)];

    const { code, out } = await run(["pipeline", "check", now, "--against", before]);

    expect(code, out).toBe(0);
    expect(out).toContain("compatible: full");
    expect(out).toMatch(/^ {2}field +before +now +backward +forward$/m);
    expect(out).toMatch(/^ {2}slope +double, new: 7 in earlier ones +yes +yes$/m);
    expect(out).toMatch(/^ {2}linear +has more features, and goes on learning$/m);
    expect(out).toMatch(/order: deploy before producers write schema 2; to go back, keep schema 2/);
  });

  test("what breaks is told with its cure, and fails", async () => {
    const [before, now] = [file("before.yaml", GROWN), file("now.yaml", LINE)];
    const renamed = GROWN.replace(
      "{ name: slope, type: double, default: 7 }",
      "{ name: rise, type: double, default: 7, aliases: [slope] }",
    );
    const third = file("third.yaml", renamed.replace("from: slope, as: number", "from: rise, as: number, name: slope"));

    const gone = await run(["pipeline", "check", now, "--against", before]);
    const json = JSON.parse((await run(["pipeline", "check", now, "--against", before, "--json"])).out);

    expect(gone.code).toBe(1);
    expect(gone.out).toMatch(/breaks: schema 2 is gone: .*\(unknown-schema\)\.\s+Keep it in\s+event\.schemas/);
    expect(json).toMatchObject({
      ok: false,
      files: [{ ok: false, evolution: { compatible: "forward", backward: false } }],
    });
    expect((await run(["pipeline", "check", third, "--against", before])).out).toMatch(
      /schema 2 is another one than producers/,
    );
    expect((await run(["pipeline", "check", before, "--against", file("none.yaml", "")])).code).toBe(1);
    expect((await run(["pipeline", "check", before, "--against", join(folder, "nowhere")])).code).toBe(2);
  });

  test("the deployed file is the running Wadi's; who says that all events name their schema is believed", async () => {
    mkdirSync(join(folder, "pipelines"));
    file("pipelines/line.yaml", LINE);
    const wadi = await startLocal({
      ...{ dataFolder: join(folder, "data"), port: 0, adminPort: 0, adminToken: TOKEN, logLevel: "silent" },
      ...{ pipelinesFolder: join(folder, "pipelines"), valuesFile: join(root, "helm/values.yaml") },
    });
    const renamed = GROWN.replace(
      "{ name: x, type: double }\n        - { name: slope",
      "{ name: way, type: double, aliases: [x] }\n        - { name: slope",
    );
    const unnamed = file(
      "unnamed.yaml",
      renamed.replace("{ from: x, as: number }", "{ from: way, as: number, name: x }"),
    );
    const other = file("other.yaml", LINE.replace("name: line", "name: other"));
    try {
      const at = ["--against", "deployed", "--url", wadi.adminUrl as string, "--token", TOKEN];

      expect(await run(["pipeline", "check", file("now.yaml", GROWN), ...at])).toMatchObject({ code: 0 });
      expect((await run(["pipeline", "check", other, ...at])).out).toMatch(/there is no earlier other: it is new/);
      const refused = await run(["pipeline", "check", unnamed, ...at]);
      expect(refused).toMatchObject({ code: 1, out: expect.stringContaining("the field x is unknown now") });
      expect(await run(["pipeline", "check", unnamed, ...at, "--named"])).toMatchObject({ code: 0 });
    } finally {
      await wadi.stop();
    }
    expect(
      await run(["pipeline", "check", other, "--against", "deployed", "--data", join(folder, "data")]),
    ).toMatchObject({ code: 1, err: expect.stringContaining("no Wadi is running here") });
  });
});

describe("check --stored", () => {
  const LINE = readFileSync(join(root, "helm/pipelines/line.yaml"), "utf8");
  const CHANGED = LINE.replace("learningRate: 0.1", "learningRate: 0.2");

  async function learned(revision: number, text = LINE, by?: LearnedBy): Promise<string> {
    const address = join(folder, "store.db");
    const store = openSqliteStore(address, { now: Date.now, joinWindowMs: () => 1 });
    const state = createModelSet(parsePipeline(text, "line.yaml")).init(revision);
    const commit = {
      generation: "",
      expectedRevision: "",
      revision: "1".padStart(32, "0"),
      state: by === undefined ? JSON.stringify(state) : baseText(state, by),
    };
    const { generation } = await store.models.load("line");
    await store.models.commit("line", { ...commit, generation, ids: [] });
    await store.close();
    return `sqlite:${address}`;
  }
  const check = (text: string, env: Readonly<Record<string, string>>) =>
    run(["pipeline", "check", "--stored", file("line.yaml", text)], { env });

  test("a state that will soon be full is told, with the ways out", async () => {
    const store = await learned(3, LINE, { engine: "e", maxStateBytes: 2000, file: LINE });

    const { code, out } = await check(LINE, { WADI_STORE: store });

    expect(code).toBe(0);
    expect(out.replace(/\s+/g, " ")).toMatch(
      /the state of line has .* of at most 2.*: take `as: hash`.*WADI_MAX_STATE_BYTES/,
    );
  });

  test("what can go on from what was learned is sound", async () => {
    const store = await learned(3);

    expect(await check(LINE, { WADI_STORE: store })).toMatchObject({ code: 0 });
    expect(await check(LINE, { WADI_STORE: store, WADI_PIPELINE_REVISION: "3" })).toMatchObject({ code: 0 });
  });

  test("an empty store takes anything", async () => {
    expect(await check(CHANGED, { WADI_STORE: `sqlite:${join(folder, "none.db")}` })).toMatchObject({ code: 0 });
  });

  test("a model that changed under its name is told with its cure", async () => {
    const { code, out } = await check(CHANGED, { WADI_STORE: await learned(3) });

    expect(code).toBe(1);
    expect(out).toMatch(/line\.yaml: .*new name/);
  });

  test("files that are older than those that learn there are told", async () => {
    const { code, out } = await check(LINE, { WADI_STORE: await learned(3), WADI_PIPELINE_REVISION: "2" });

    expect(code).toBe(1);
    expect(out).toMatch(/older than those in use there/);
  });

  test("a store that cannot be asked is no yes", async () => {
    const { code, err } = await check(LINE, { WADI_STORE: "redis://127.0.0.1:1" });

    expect(code).toBe(1);
    expect(err).toMatch(/nobody listens there/);
  });
});

describe("new", () => {
  test("each column becomes what it holds, with comments, and the file is sound", async () => {
    const { code, out } = await create(file("trips.csv", TRIPS), "--target", "minutes");

    expect(code).toBe(0);
    const pipeline = parsePipeline(written(), "taxi.yaml");
    expect(pipeline).toMatchObject({
      name: "taxi",
      targetField: "minutes",
      serve: "linear",
      labelHorizonMs: 604_800_000,
    });
    expect(pipeline.featureOutputs.map(({ name }) => name)).toEqual([
      "hour_sin",
      "hour_cos",
      "weekday_sin",
      "weekday_cos",
      "km",
      "zone_",
      "paid",
      "note_",
    ]);
    expect(written()).toContain("- standard-scaler: { only: numbers }");
    expect(written()).toMatch(/^ +# Huber's loss/m);
    expect(written()).toContain('- { name: note, type: ["null", string], default: null }');
    expect(Object.keys(pipeline.models)).toEqual(["linear", "mean", "median"]);
    expect(out).toMatch(/emit .*trips\.csv --pipeline taxi --time pickup$/m);
  });

  test("the commands that it prints work as they stand: what is emitted is learned, better than by the baselines", async () => {
    const rows = Array.from({ length: 1500 }, (_, i) => {
      const km = ((i * 7919) % 1000) / 50;
      const zone = ["north", "south", "west"][i % 3] as string;
      const minutes = 1000 + 30 * km + { north: 0, south: 200, west: -100 }[zone as "north"] + ((i * 31) % 7);
      return `2026-01-01T0${i % 10}:00:00,${km},${zone},"row, ${i}",${minutes}`;
    });
    const csv = file("trips.csv", `pickup,km,zone,"free, text",minutes\n${rows.join("\n")}\n`);
    await create(csv, "--target", "minutes");
    const { emit } = JSON.parse((await create(csv, "--target", "minutes", "--force", "--json")).out) as {
      emit: string;
    };
    const wadi = await startLocal({
      dataFolder: join(folder, "data"),
      port: 0,
      adminPort: 0,
      pipelinesFolder: folder,
      valuesFile: join(root, "helm/values.yaml"),
      logLevel: "silent",
    });

    const args = [...emit.matchAll(/'([^']*)'|(\S+)/g)]
      .map(([, quoted, plain]) => (quoted ?? plain) as string)
      .slice(1);
    const sent = await run(args, { env: { WADI_URL: wadi.url } });
    await settled(wadi);
    const shown = await run(["models", "show", "taxi", "--data", join(folder, "data"), "--json"]);
    await wadi.stop();

    expect(sent).toMatchObject({ code: 0 });
    const { models } = JSON.parse(shown.out) as {
      models: { name: string; n: number; metrics: Record<string, number> }[];
    };
    const [linear, mean] = ["linear", "mean"].map((name) => models.find((one) => one.name === name));
    expect(linear?.n).toBe(1500);
    expect(linear?.metrics["mae_rolling_1000"]).toBeLessThan(0.5 * (mean?.metrics["mae_rolling_1000"] as number));
  }, 30_000);

  test.each([
    ["binary", (x: number) => (x > 5 ? "late" : "on time"), /serves: (true|false)/],
    ["multiclass", (x: number) => ["low", "middle", "high"][Math.floor(x / 3.4)] ?? "", /serves: middle/],
  ])(
    "a %s target is drafted, emitted and learned, and people are told the class",
    async (task, truth, told) => {
      const rows = Array.from({ length: 300 }, (_, i) => ((i * 7919) % 1000) / 100).map((x) => `${x},${truth(x)}`);
      const csv = file("t.csv", `x,y\n${rows.join("\n")}\n`);
      expect((await create(csv, "--target", "y")).code).toBe(0);
      const wadi = await startLocal({
        dataFolder: join(folder, "data"),
        port: 0,
        adminPort: 0,
        pipelinesFolder: folder,
        valuesFile: join(root, "helm/values.yaml"),
        logLevel: "silent",
      });
      const env = { WADI_URL: wadi.url };

      const sent = await run(["emit", csv, "--pipeline", "taxi"], { env });
      await settled(wadi);
      const asked = await run(["predict", "--pipeline", "taxi", "x=5.1"], { env });
      await wadi.stop();
      const listed = await run(["models", "list", "--data", join(folder, "data")]);

      expect(sent.code, sent.err).toBe(0);
      expect(parsePipeline(written(), "taxi.yaml").task).toBe(task);
      expect(asked.out).toMatch(told);
      expect(listed.out).toMatch(/accuracy.*taxi .*300/s);
    },
    30_000,
  );

  test.each([
    ["true and false", ["true", "false", "true"], ""],
    ["yes and no", ["yes", "no", "yes"], ""],
    ["0 and 1", ["0", "0", "1"], "positive: 1"],
    ["two texts, of which the rarer is what is true", ["ham", "spam", "ham"], 'positive: "spam"'],
  ])("a target of %s is drafted as a binary task", async (_title, truths, positive) => {
    const rows = truths.map((truth, i) => `${i * 1.5},${"abc"[i % 2]},${truth}`);

    const { code, err } = await create(file("t.csv", `x,kind,y\n${rows.join("\n")}\n`), "--target", "y");

    expect([code, err]).toEqual([0, ""]);
    const { target, serve, models } = parsePipeline(written(), "taxi.yaml");
    expect(target.task).toBe("binary");
    expect(written()).toContain(positive);
    expect([serve, Object.keys(models)]).toEqual(["logistic", ["logistic", "bayes", "prior"]]);
  });

  test("a target of several texts is drafted as a multiclass task", async () => {
    const csv = file("t.csv", "x,y\n1,red\n2.5,green\n3,blue\n1.5,red\n");

    expect(await create(csv, "--target", "y")).toMatchObject({ code: 0, err: "" });
    expect(parsePipeline(written(), "taxi.yaml")).toMatchObject({ task: "multiclass", serve: "bayes" });
  });

  test.each([
    [["--target", "pickup"], /--target: pickup is text that is another one in every row/],
    [["--target", "minuts"], /no column "minuts"; did you mean "minutes"\?/],
    [["--target", "minutes", "--time", "zone"], /--time: zone does not hold a time in every row/],
    [[], /--target <column>/],
  ] as const)("%j is refused with the reason, and nothing is written", async (args, message) => {
    const run = await create(file("trips.csv", TRIPS), ...args);

    expect(run).toMatchObject({ code: 2, out: "", err: expect.stringMatching(message) });
    expect(existsSync(join(folder, "taxi.yaml"))).toBe(false);
  });

  test("a file that is there is never written over without --force", async () => {
    const csv = file("trips.csv", TRIPS);
    file("taxi.yaml", "mine");

    const careful = await create(csv, "--target", "minutes");
    expect(careful).toMatchObject({ code: 2, err: expect.stringContaining("--force") });
    expect(written()).toBe("mine");

    await create(csv, "--target", "minutes", "--force");
    expect(written()).toContain("name: taxi");
  });

  test("a column that no field can be named after gets a name, and the command renames it", async () => {
    const csv = file("t.csv", 'a b,"c,d",__proto__,"Time (min)"\n1,2,3,4\n2,3,4,5\n');

    const { out } = await create(csv, "--target", "Time (min)");

    expect(out).toMatch(/predicts time_min from 3 features of 4 fields/);
    expect(out).toMatch(
      /--rename 'a b=a_b' --rename c,d=c_d --rename __proto__=proto --rename 'Time \(min\)=time_min'$/m,
    );
    expect(parsePipeline(written(), "taxi.yaml")).toMatchObject({ targetField: "time_min" });
  });

  test("a column that names each row is the id of its event, and no feature", async () => {
    const { out } = await create(file("t.csv", "rental id,km,y\nr-1,4,5\nr-2,5,6\n"), "--target", "y");

    expect(out).toMatch(/--id 'rental id' --omit 'rental id'$/m);
    expect(written()).not.toContain("hash");
  });

  test("new and check count the same features", async () => {
    const made = await create(file("trips.csv", TRIPS), "--target", "minutes");
    const checked = await run(["pipeline", "check", join(folder, "taxi.yaml")]);

    expect(made.out).toContain("from 8 features");
    expect(checked.out).toContain("from 8 features");
  });

  test.each([
    ["a;y\n1;0,5\n2;x\n3;1,25\n", /y is read as text because of line 3 \("x"\)/],
    ["a;y\n1;0.5\n2;foo\n3;4\n", /y is read as text because of line 3 \("foo"\)/],
  ])("a target of numbers that reads as text is refused with the cell at fault: %j", async (csv, message) => {
    const run = await create(file("t.csv", csv), "--target", "y", "--delimiter", ";");

    expect(run).toMatchObject({ code: 2, err: expect.stringMatching(message) });
  });

  test("where there are more columns than features, the rest is told with the reason, in words and in the file", async () => {
    const header = ["t", ...Array.from({ length: 300 }, (_, i) => `c${i}`), "y"];
    const rows = [1, 2, 3].map((row) => [`2026-01-0${row}`, ...Array.from({ length: 301 }, (_, i) => row + i)]);
    const csv = file("wide.csv", `${[header, ...rows].map((cells) => cells.join(",")).join("\n")}\n`);

    const { out } = await create(csv, "--target", "y");

    expect(out).toMatch(/^A first guess from 3 rows; 45 columns are not used:$/m);
    expect(out).toMatch(/^ {2}c255 and 44 more, to c299: not a feature: a pipeline has 256 features at most$/m);
    expect(out).not.toContain("c256");
    expect(written().match(/# not a feature: a pipeline has 256 features at most$/gm)).toHaveLength(45);
    expect(written().match(/^ {2}- \{ from: /gm)).toHaveLength(256);
  });

  test.each([
    ["Windows-1252", Buffer.from("stra\xdfe,y\n1,2\n2,3\n", "latin1")],
    ["UTF-16LE", Buffer.from("\ufeffstraße,y\n1,2\n2,3\n", "utf16le")],
  ])("a file in %s is read, and the encoding is told", async (encoding, content) => {
    const csv = join(folder, "t.csv");
    writeFileSync(csv, content);

    const { out } = await create(csv, "--target", "y");

    expect(out).toContain(`How the file is written: ${encoding}.`);
    expect(out).toContain("--rename 'straße=strasse'");
  });

  test("a footer does not make a column of numbers text", async () => {
    const csv = file("t.csv", `x,y\n${"1,2\n2,3\n".repeat(9)}Total: 18 rows\n`);

    const { out } = await create(csv, "--target", "y");

    expect(out).toContain("every column is used.");
  });

  test("how the file is written is said, and so is it in the command that sends it", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i + 1}.03.2026;${i % 2 ? "Ja" : "Nein"};1.${100 + i},5`);
    const csv = file("t.csv", "");
    writeFileSync(csv, Buffer.from(`Tag;Balkon;Fl\u00e4che\n${rows.join("\n")}\nSumme;;9.999,5\n`, "latin1"));

    const { out } = await create(csv, "--target", "Fl\u00e4che");
    const json = JSON.parse((await create(csv, "--target", "Fl\u00e4che", "--force", "--json")).out);

    expect(out).toContain(
      "How the file is written: Windows-1252, semicolons between the cells, decimal comma (1.234,5), day before month.",
    );
    expect(out).toContain("predicts flache from 3 features of 3 fields, at the time in Tag");
    expect(json).toMatchObject({
      readAs: { encoding: "windows-1252", delimiter: ";", decimal: "comma", dates: "day-first" },
      emit: expect.stringContaining(
        "--encoding windows-1252 --delimiter ';' --decimal comma --dates day-first --types Balkon=boolean --time Tag",
      ),
    });
  });

  test("a day that may be the month is doubted, and the command says what was taken", async () => {
    const { out } = await create(file("t.csv", "d,x,y\n03/11/2026,1,2\n04/11/2026,2,3\n"), "--target", "y");

    expect(out.replaceAll(/\s+/g, " ")).toContain(
      "No row shows whether 03/11/2026 begins with the day or the month: it is read with the day first; --dates month-first changes that.",
    );
    expect(out).toMatch(/--dates day-first --time d$/m);
  });

  test("a text in which NA is a word is sent as text, whatever the next file holds", async () => {
    const { out } = await create(file("t.csv", 'x,"s, t",y\n1,NA,1\n2,BW,2\n3,NA,3\n'), "--target", "y");

    expect(out).toMatch(/--types '"s, t"=text' --rename s, t=s_t|--types '"s, t"=text'/m);
  });

  test("a column of nothing but NA is told, with the option that takes it as text", async () => {
    const csv = file("t.csv", "x,s,y\n1,NA,1\n2,NA,2\n");

    expect((await create(csv, "--target", "y")).out).toContain(
      "s: not sent: it has nothing but NA; --types s=text takes it as text",
    );
    expect((await create(csv, "--target", "y", "--types", "s=text", "--force")).out).toContain("of 3 fields");
  });

  test("names that meet are told apart", async () => {
    const csv =
      "hour_sin,t,zone,zone_a,_x,null,y\n" + "1,2026-01-01T08:00:00Z,a,1,1,4,5\n2,2026-01-01T09:00:00Z,b,2,3,5,6\n";

    expect((await create(file("t.csv", csv), "--target", "y")).code).toBe(0);
    expect(() => parsePipeline(written(), "taxi.yaml")).not.toThrow();
  });

  test("for any header and cells: a sound file, or a reason why there is none", async () => {
    const word = fc.constantFrom(
      "x",
      "y",
      "id",
      "time",
      "null",
      "true",
      "constructor",
      "hour",
      "a_b",
      "a",
      "_",
      "ü",
      "a b",
      "1st",
      "zone_",
      "zone",
    );
    const name = fc.oneof(
      word,
      fc.string({ minLength: 1, maxLength: 70 }).map((text) => text.replace(/["\r\n]/g, "_")),
    );
    const cell = fc.constantFrom(
      "1",
      "2.5",
      "-3e-7",
      "true",
      "x",
      "y z",
      "",
      "NA",
      "2026-01-01",
      "2026-01-01T08:00:00Z",
      "00123",
      "1795618728056",
    );
    const table = fc
      .uniqueArray(name, { minLength: 1, maxLength: 8, selector: (text) => text.trim() })
      .filter((names) => names.every((text) => text.trim() !== ""))
      .chain((names) =>
        fc.record({
          names: fc.constant(names),
          rows: fc.array(fc.array(cell, { minLength: names.length + 1, maxLength: names.length + 1 }), {
            minLength: 1,
            maxLength: 6,
          }),
        }),
      );

    await fc.assert(
      fc.asyncProperty(table, async ({ names, rows }) => {
        const quote = (text: string) => `"${text}"`;
        const header = [...names.map((text) => text.trim()), "the_target"].map(quote).join(",");
        const csv = file(
          "any.csv",
          `${header}\n${rows.map((row, i) => [...row.slice(0, -1), String(i)].join(",")).join("\n")}\n`,
        );

        const { code, err } = await create(csv, "--target", "the_target", "--force");

        expect([0, 2], err).toContain(code);
        if (code === 0) parsePipeline(written(), "taxi.yaml");
        else expect(err).toMatch(/no column can become a feature|is twice|twice|add --delimiter/);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
