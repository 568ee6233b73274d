// What the README and the pages of docs/ tell people to type is typed here, page by page, in its order, against one Wadi a
// page. Blocks that are marked (```sh needs=kind) are only checked: their targets, commands, flags and files are there;
// docs.int.test.ts types those that need a Kafka.

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { createProgram } from "./cli/program.ts";
import { recordedTerminal } from "./cli/terminal/recorded-output.contract.ts";
import { anchorsOf, blocksOf, inlineCode, linksOf, pages, read, root } from "./documented.contract.ts";
import { generatorHere } from "./feed/making/here.ts";
import { systemClock } from "./lib/clock.ts";
import { parseYaml } from "./lib/pipeline/file/yaml.ts";
import { parsePipeline } from "./lib/pipeline/parse.ts";
import { type LocalWadi, startLocal } from "./local/start.ts";
import { settled } from "./local/wadi-under-test.contract.ts";

/** What each command must show. */
const SHOWS: readonly (readonly [command: RegExp, shows: RegExp])[] = [
  [/wadi status/, /learn/],
  [/wadi models list/, /^No model set has learned yet/],
  [/wadi page/, /^http:.*#token=\S{20}/],
  [/package openwhisk/, /Wrote actions: 4 actions \(validate \d+ kB, .*\) with 6 pipelines\.[\s\S]*wskdeploy -m/],
  [/wadi help/, /Look after it/],
  [/ce-id: AA-1/, /202 Accepted/],
  [/AA-1-arrival/, /202 Accepted/],
  [/cloudevents-batch/, /202 Accepted/],
  [/ce-id: AA-2/, /422 Unprocessable[\s\S]*distance/],
  [/wadi trace AA-1/, /learned/],
  [/\/infer/, /"name":"prediction"/],
  [/pipeline new/, /Wrote helm\/pipelines\/deliveries\.yaml/],
  [/pipeline check .*--against deployed/, /compatible: full[\s\S]*field +before +now +backward +forward/],
  [/pipeline check/, /flights/],
  [/emit examples\/deliveries.*--late/, /3,000 events accepted/],
  [/emit examples\/deliveries/, /1,500 events accepted/],
  [/wadi learn .*--delay 45m$/, /1,500 rows learned[\s\S]*linear is the best model/],
  [/wadi learn .*--plot/, /1,500 rows learned/],
  [/wadi labels deliveries/, /labelled +1,500 \(100 %\)[\s\S]*1,500 came by themselves/],
  [/models show deliveries/, /[13],[05]00 examples/],
  [/--generate app-sessions/, /events accepted: [\s\S]* events came twice, and \d+ labels never, as from phones/],
  [/wadi predict/, /linear/],
  [/S-1-end/, /202 Accepted/],
  [/trace S-1/, /S-1 of app-sessions: learned/],
  [/models show app-sessions/, /linear +1,9\d\d/],
  [/--n 1 --seed 7 --avro --dry-run/, /"dataschema":"urn:wadi:line:1".*"data_base64"/],
  [/ce-id: AVRO-1/, /202 Accepted/],
  [/--generate line/, /1,000 events accepted/],
  [/--into second$/, /linear +second/],
  [/--into second --promote/, /second is in force/],
  [/ce-id: BAD-1/, /202 Accepted/],
  [/ce-id: EARLY-1/, /202 Accepted/],
  [/trace EARLY-1/, /learned/],
  [/dlq groups/, /schema[\s\S]*unknown-pipeline|unknown-pipeline[\s\S]*schema/],
  [/dlq show 1/, /Dead letter 1: schema[\s\S]*x must be a finite number/],
  [/dlq redrive .* --dry-run/, /^1 dead letter would be sent again: 2$/m],
  [/dlq redrive --reason unknown-pipeline$/, /^1 dead letter sent again\./],
  [/dlq drop --reason schema --yes/, /^1 dead letter removed for good\.$/m],
  [
    /dlq list/,
    /^There are no dead letters\.$|schema +BAD-1[\s\S]*unknown-pipeline|unknown-pipeline +EARLY-1[\s\S]*schema/m,
  ],
  [/wadi package func/, /^Wrote \/tmp\/wadi-predict: predict as a function, with 6 pipelines\./],
  [/wadi doctor/, /Node/],
  [/generator start --from line/, /generator +runs\nsends +line to line, 5000 a second/],
  [/wadi generator$/, /generator +(runs|done)[\s\S]*of 1,000 rows/],
  [/models snapshots line/, /line is at version \d+: 1,000 examples/],
  [/emit examples\/phishing/, /1,250 events accepted/],
  [/emit examples\/image-segments/, /2,310 events accepted/],
  [/emit examples\/shuttle/, /10,000 events accepted/],
  [/models show phishing/, /logistic +1,250 +0\.8928/],
  [/models clear line --yes/, /line begins anew in generation cleared-/],
  [/models rollback line --to-generation 1 --yes/, /of generation 1: 1,000 examples/],
  [/models serve line mean/, /mean serves line instead of linear/],
  [/models serve line --auto/, /linear serves line instead of mean/],
  [/models export line/, /Wrote line\.json: .* 1,000 ids/],
  [/models import line/, /line is in force at version \d+: 1,000 examples, 1,000 learned ids/],
  [/replay .*--from-archive/, /generation from-archive of line: 1,000 events read, 1,000 examples, archive and log/],
  [/archive compact/, /^There is nothing to compact|files with/],
  [/archive vacuum/, /^0 files .* would be removed/],
  [/archive export/, /^Wrote events\.ndjson\.gz: [\d,]+ events?\./],
  [/archive erase/, /^The archive .* has 1 event of 41, in 1 file:|has no event of 41/],
  [/archive status/, /^archive +.*archive\nevents +[01]/],
  [/admin-token/, /"pipelines"|"triggers"/],
];

/** What is learned at the end of a page, by pipeline; of the pages that are not here: nothing. */
const LEARNS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // Of 2,000 sessions those whose label comes; and one by hand.
  "README.md": { "app-sessions": 1936 },
  "docs/how-to/try-the-examples.md": { "app-sessions": 1935 },
  "docs/tutorial/from-csv-to-cluster.md": { deliveries: 3000 },
  "docs/how-to/late-labels.md": { deliveries: 1500 },
  "docs/how-to/learn-from-the-log-again.md": { line: 1000 },
  "docs/how-to/dead-letters.md": { deliveries: 1 },
  "docs/how-to/keep-every-event.md": { line: 1000 },
  "docs/how-to/let-wadi-make-events.md": { line: 1000 },
  "docs/how-to/stream-your-own-file.md": { deliveries: 1500, line: 1000 },
  "docs/how-to/go-back-and-move-a-model.md": { line: 1000 },
  "docs/how-to/send-avro.md": { line: 1001 },
  // AA-1 alone has a label; both of the batch bear theirs.
  "docs/how-to/send-events.md": { flights: 1, line: 2 },
};

/** A page's own checkout, as far as commands change it, and its Wadi. */
class Reader {
  readonly #checkout = mkdtempSync(join(tmpdir(), "wadi-docs-"));
  #wadi: LocalWadi | undefined;

  constructor() {
    for (const folder of ["helm", "examples"])
      cpSync(join(root, folder), join(this.#checkout, folder), { recursive: true });
    symlinkSync(join(root, "wadi"), join(this.#checkout, "wadi"));
  }

  /** `make start`, or `./wadi start` with an archive: what ran before is stopped. */
  async start(command = ""): Promise<void> {
    const [, folder] = /--archive (\S+)/.exec(command) ?? [];
    const archive =
      folder === undefined ? undefined : { place: { kind: "folder", folder: join(this.#checkout, folder) } as const };
    await this.#wadi?.stop();
    this.#wadi = await startLocal({
      dataFolder: join(this.#checkout, ".wadi/data"),
      port: 0,
      adminPort: 0,
      pipelinesFolder: join(this.#checkout, "helm/pipelines"),
      valuesFile: join(this.#checkout, "helm/values.yaml"),
      logLevel: "silent",
      openGenerator: async (tools) => generatorHere(tools),
      archive,
    });
  }

  async type(command: string): Promise<string> {
    if (this.#wadi === undefined) await this.start();
    const wadi = this.#wadi as unknown as LocalWadi;
    const { url, adminUrl = "" } = wadi;
    const here = command.replaceAll("http://127.0.0.1:8080", url).replaceAll("http://127.0.0.1:8090", adminUrl);
    const env = { ...process.env, WADI_URL: `${url}/` };
    const { stdout } = await promisify(execFile)("bash", ["-c", here], { cwd: this.#checkout, env });
    await settled(wadi);
    return stdout;
  }

  /** By pipeline, where anything is. */
  async learned(): Promise<Record<string, number>> {
    const { store } = this.#wadi as unknown as LocalWadi;
    const sets = ["flights", "deliveries", "line", "app-sessions"];
    const counts = await Promise.all(sets.map(async (set) => [set, await store.models.learnedCount(set)] as const));
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  get deadLetters(): number | undefined {
    return this.#wadi?.broker.status().deadLetters;
  }

  async close(): Promise<void> {
    await this.#wadi?.stop();
    rmSync(this.#checkout, { recursive: true });
  }
}

const program = createProgram({ terminal: recordedTerminal(), env: {}, clock: systemClock, exitWith: () => {} });

/** What is wrong with a command that is not run. */
function unknownIn(command: string): readonly string[] {
  const [first = "", ...words] = command.split(/\s+/);
  if (first === "make") {
    const [target = ""] = words.filter((word) => !word.includes("="));
    return new RegExp(`^${target}:`, "m").test(read("Makefile")) ? [] : [`make has no target ${target}`];
  }
  if (first !== "./wadi") return [];
  let one = program;
  const wrong: string[] = [];
  for (const word of words) {
    const next = one.commands.find((each) => each.name() === word);
    if (next !== undefined) one = next;
    const flag = /^--[a-z-]+/.exec(word)?.[0];
    if (flag !== undefined && flag !== "--help" && !one.options.some((each) => each.long === flag)) {
      wrong.push(`${command}: no ${flag}`);
    }
  }
  return wrong;
}

describe.each(pages)("%s", (page) => {
  const text = read(page);
  const blocks = blocksOf(text);
  const typed = blocks.filter(({ needs }) => needs === undefined).flatMap(({ commands }) => commands);
  const run = typed.filter((command) => !/^make (?!start$)/.test(command));

  if (run.length > 0)
    test("its commands work as they stand, in their order", async () => {
      const reader = new Reader();
      try {
        for (const command of run) {
          if (/^make start$|^\.\/wadi start /.test(command)) {
            await reader.start(command);
            continue;
          }
          const [, shows] = SHOWS.find(([pattern]) => pattern.test(command)) ?? [];
          expect(shows, `${page} has ${command}; say in this test what it must show`).toBeDefined();
          expect(await reader.type(command), `${page}: ${command}`).toMatch(shows as RegExp);
        }
        expect(await reader.learned()).toEqual(LEARNS[page] ?? {});
        expect(reader.deadLetters).toBe(0);
      } finally {
        await reader.close();
      }
    }, 300_000);

  test("its targets, commands and flags are there", () => {
    const inline = inlineCode(text).filter((code) => /^(make|\.\/wadi) /.test(code));
    const all = [...inline, ...blocks.flatMap(({ commands }) => commands)];

    expect(all.flatMap(unknownIn)).toEqual([]);
  });

  test("its links lead to a file, and to a heading of it", () => {
    const broken = linksOf(text).filter((link) => {
      const [path = "", anchor] = link.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !(file.endsWith(".md") && anchorsOf(read(file)).has(anchor));
    });

    expect(broken).toEqual([]);
  });

  test("the files that it names are there", () => {
    const named = inlineCode(text).filter((code) =>
      /^(?:functions|helm|k8s|bench|examples|docs|\.ci|\.github)\/[\w./-]+$/.test(code),
    );

    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

test("a link to a heading that is not there is found, and headings are named as GitHub names them", () => {
  expect(linksOf("a [b](c.md#d), [e](#f)\n```\n[g](h.md)\n```\n[i](https://j)")).toEqual(["c.md#d", "#f"]);
  expect([...anchorsOf("# What's `a.b` here?\n## Two  words\n## wadi\n## wadi\n```\n# none\n```")]).toEqual([
    ...["whats-ab-here", "two--words", "wadi", "wadi-1"],
  ]);
});

test("every how-to guide stands on their list", () => {
  const guides = pages.filter((page) => /^docs\/how-to\/(?!README)/.test(page)).map((page) => basename(page));

  expect([...linksOf(read("docs/how-to/README.md"))].filter((link) => !link.startsWith("..")).sort()).toEqual(
    guides.sort(),
  );
});

test("the sources that are shown can stand in a pipeline file", () => {
  const [, shown = ""] = /```yaml\n( *sources:[\s\S]*?)```/.exec(read("docs/how-to/topics-as-sources.md")) ?? [];
  const sources = shown.replaceAll(/^ {3}/gm, "");

  const pipeline = parsePipeline(`${read("helm/pipelines/flights.yaml")}\n${sources}`, "flights.yaml");

  expect(pipeline.sources.map(({ format }) => format)).toEqual(["json", "avro", "cloudevents"]);
});

test("the architecture says of every folder what is in it, and its picture has every one", () => {
  const foldersIn = (folder: string) =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [one.name] : []));
  const folders = [
    ...foldersIn("functions").filter((name) => name !== "lib"),
    ...foldersIn("functions/lib").map((name) => `lib/${name}`),
  ];
  const text = read("docs/explanation/ARCHITECTURE.md");
  const picture = read("docs/house.svg");

  expect(folders.filter((name) => !text.includes(`\`functions/${name}/\``))).toEqual([]);
  expect(folders.filter((name) => !picture.includes(`>${name}</text>`))).toEqual([]);
});

test("continuous integration runs .ci/run, which everybody can run, and nothing else", () => {
  const { jobs } = parseYaml(read(".github/workflows/ci.yml"), "ci.yml") as {
    jobs: Record<string, { steps: { uses?: string; run?: string }[] }>;
  };
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  expect(steps.map(({ uses = "", run = uses }) => run.replace(/@v\d+$/, ""))).toEqual(["actions/checkout", ".ci/run"]);
});

// https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
test.each(["fault", "wish"])("the form for a %s has only what GitHub knows of a form", (name) => {
  const form = parseYaml(read(`.github/ISSUE_TEMPLATE/${name}.yml`), `${name}.yml`) as Record<string, unknown> & {
    body: { type: string; attributes: object; validations?: object }[];
  };

  expect(Object.keys(form).sort()).toEqual(["body", "description", "labels", "name"]);
  for (const { type, attributes, validations = {} } of form.body) {
    expect(type).toBe("textarea");
    expect(["label", "description", "placeholder", "value", "render"]).toEqual(
      expect.arrayContaining(Object.keys(attributes)),
    );
    expect(attributes).toHaveProperty("label");
    expect(["required"]).toEqual(expect.arrayContaining(Object.keys(validations)));
  }
});

test("every package that it depends on has its reason", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json"));
  const reasons = read("docs/explanation/dependencies.md");
  const names = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith("@types/"));

  expect(names.filter((name) => !reasons.includes(name.replace(/^@.*\//, "")))).toEqual([]);
});
