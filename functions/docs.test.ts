// What the README and the pages of docs/ tell people to type is typed here, page by page, in its order, against one Wadi a
// page. Blocks that are marked (```sh needs=kind) are only checked: their targets, commands, flags and files are there.

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { createProgram } from "./cli/program.ts";
import { recordedTerminal } from "./cli/terminal/recorded-output.contract.ts";
import { systemClock } from "./lib/clock.ts";
import { parsePipeline } from "./lib/pipeline/parse.ts";
import { type LocalWadi, startLocal } from "./local/start.ts";
import { settled } from "./local/wadi-under-test.contract.ts";

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const written = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".md"))
  .map((file) => join("docs", file));
const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...written].filter((file) =>
  existsSync(join(root, file)),
);

interface Block {
  readonly needs: string | undefined;
  readonly commands: readonly string[];
}

/** A command ends where its quotes are closed and no backslash ends its line; what follows ` # ` or blanks is a remark. */
function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(/```sh(?: needs=(\w+))?\n([\s\S]*?)```/g)].map(([, needs, block = ""]) => {
    const commands: string[] = [];
    let command = "";
    for (const line of block.split("\n")) {
      command += `${line}\n`;
      if (line.endsWith("\\") || (command.match(/'/g)?.length ?? 0) % 2 === 1) continue;
      if (command.trim() !== "") commands.push(command.replace(/\s+# .*/, "").trim());
      command = "";
    }
    return { needs, commands };
  });
}

/** What each command must show. */
const SHOWS: readonly (readonly [command: RegExp, shows: RegExp])[] = [
  [/wadi status/, /learn/],
  [/wadi models list/, /^No model set has learned yet/],
  [/wadi help/, /Look after it/],
  [/ce-id: AA-1/, /202 Accepted/],
  [/AA-1-arrival/, /202 Accepted/],
  [/cloudevents-batch/, /202 Accepted/],
  [/ce-id: AA-2/, /422 Unprocessable[\s\S]*distance/],
  [/wadi trace AA-1/, /learned/],
  [/\/infer/, /"name":"prediction"/],
  [/wadi predict/, /linear/],
  [/pipeline new/, /Wrote helm\/pipelines\/deliveries\.yaml/],
  [/pipeline check/, /flights/],
  [/emit examples\/deliveries.*--late/, /3,000 events accepted/],
  [/emit examples\/deliveries/, /1,500 events accepted/],
  [/models show deliveries/, /[13],[05]00 examples/],
  [/--generate line/, /1,000 events accepted/],
  [/--into second$/, /linear +second/],
  [/--into second --promote/, /second is in force/],
  [/dlq list/, /^There are no dead letters\.$/m],
  [/wadi doctor/, /Node/],
  [/models snapshots line/, /line is at version \d+: 1,000 examples/],
  [/models export line/, /Wrote line\.json: .* 1,000 ids/],
  [/models import line/, /line is in force at version \d+: 1,000 examples, 1,000 ids/],
  [/admin-token/, /"pipelines"|"triggers"/],
];

/** What is learned at the end of a page, by pipeline; of the pages that are not here: nothing. */
const LEARNS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "docs/tutorial/from-csv-to-cluster.md": { deliveries: 3000 },
  "docs/how-to/late-labels.md": { deliveries: 1500 },
  "docs/how-to/learn-from-the-log-again.md": { line: 1000 },
  "docs/how-to/stream-your-own-file.md": { line: 1000 },
  "docs/how-to/go-back-and-move-a-model.md": { line: 1000 },
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

  /** `make start`: what ran before is stopped. */
  async start(): Promise<void> {
    await this.#wadi?.stop();
    this.#wadi = await startLocal({
      dataFolder: join(this.#checkout, ".wadi/data"),
      port: 0,
      adminPort: 0,
      pipelinesFolder: join(this.#checkout, "helm/pipelines"),
      valuesFile: join(this.#checkout, "helm/values.yaml"),
      logLevel: "silent",
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
    const sets = ["flights", "deliveries", "line"];
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

  test.skipIf(run.length === 0)(
    "its commands work as they stand, in their order",
    async () => {
      const reader = new Reader();
      try {
        for (const command of run) {
          if (command === "make start") {
            await reader.start();
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
    },
    120_000,
  );

  test("its targets, commands and flags are there", () => {
    const inline = [...text.replace(/```[\s\S]*?```/g, "").matchAll(/`((?:make|\.\/wadi) [^`]+)`/g)].map(
      ([, one = ""]) => one,
    );
    const all = [...inline, ...blocks.flatMap(({ commands }) => commands)];

    expect(all.flatMap(unknownIn)).toEqual([]);
  });

  test("its links lead somewhere", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = ""]) => path);

    expect(links.filter((path) => !existsSync(join(root, dirname(page), path)))).toEqual([]);
  });

  test("the files that it names are there", () => {
    const plain = text.replace(/```[\s\S]*?```/g, "");
    const named = [...plain.matchAll(/`((?:functions|helm|k8s|bench|examples|docs)\/[\w./-]+)`/g)].map(
      ([, path = ""]) => path,
    );

    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

test("the sources that are shown can stand in a pipeline file", () => {
  const [, sources = ""] = /```yaml\n(sources:[\s\S]*?)```/.exec(read("docs/how-to/topics-as-sources.md")) ?? [];

  const pipeline = parsePipeline(`${read("helm/pipelines/flights.yaml")}\n${sources}`, "flights.yaml");

  expect(pipeline.sources.map(({ format }) => format)).toEqual(["json", "avro", "cloudevents"]);
});

test("every package that it depends on has its reason", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json"));
  const reasons = read("docs/explanation/dependencies.md");
  const names = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith("@types/"));

  expect(names.filter((name) => !reasons.includes(name.replace(/^@.*\//, "")))).toEqual([]);
});
