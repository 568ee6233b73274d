// npm run bench: what Wadi promises in figures, measured beside anchors in one run.

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { installAnchors } from "./anchors.ts";
import { bundleFunctions } from "./programs.ts";
import { asJson, head, lines, machine } from "./report.ts";
import { type Context, isMet, type Result, type Row } from "./row.ts";
import { Session } from "./session.ts";

const HELP = `Usage: npm run bench -- [options]

Measures Wadi beside anchors, in turn, and prints a table of ratios. Correctness is checked first: what is wrong has no speed.

  --rows <names>   only these, for instance predict,embedded
  --rounds <n>     measurements of each (5)
  --full           also what takes many minutes: growth up to a million events
  --check          exit code 1 where a bar is missed; else only the table says so
  --json           JSON instead of the table
  --profile <dir>  CPU profiles of Wadi's programs go there; the figures are worse then
  --help           this

Rows:
`;

const say = (text: string) => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string" },
      rounds: { type: "string", default: "5" },
      full: { type: "boolean", default: false },
      small: { type: "boolean", default: false }, // for bench.test.ts
      check: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  installAnchors(say);
  // Only now: the rows import what was just installed.
  const { rows } = await import("./rows/index.ts");
  if (values.help) {
    const names = rows.map(({ name, title }) => `  ${name.padEnd(16)} ${title}\n`);
    process.stdout.write(HELP + names.join(""));
    return;
  }
  const chosen = choose(rows, values.rows);
  const rounds = readRounds(values.rounds);
  const facts = machine();
  const notes: string[] = [];
  const results: Result[] = [];
  const session = new Session(values.profile === undefined ? undefined : resolve(values.profile));
  await bundleFunctions(session);
  for (const row of chosen) {
    say(row.title);
    const context: Context = {
      rounds,
      full: values.full,
      small: values.small,
      session,
      progress: (text) => say(`  ${text}`),
      note: (text) => void notes.push(text),
    };
    results.push(...(await row.run(context)));
  }
  session.close();
  if (values.json) process.stdout.write(`${JSON.stringify(asJson(facts, rounds, results, notes), null, 2)}\n`);
  else process.stdout.write(`${[...head(facts, rounds), "", ...lines(results), "", ...notes].join("\n").trim()}\n`);
  const missed = results.filter((result) => isMet(result) === false);
  if (missed.length > 0) say(`${missed.length} of ${results.filter(({ bar }) => bar).length} bars missed`);
  if (values.check && missed.length > 0) process.exitCode = 1;
}

function choose(rows: readonly Row[], names: string | undefined): readonly Row[] {
  if (names === undefined) return rows;
  const wanted = names.split(",").map((name) => name.trim());
  const unknown = wanted.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0)
    throw new Error(`there is no row ${unknown.join(", ")}; there are ${rows.map(({ name }) => name).join(", ")}`);
  return rows.filter(({ name }) => wanted.includes(name));
}

function readRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 1000) return rounds;
  throw new Error(`--rounds is ${text}; give a whole number from 1 to 1000`);
}

try {
  await main();
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(2);
}
