// npm run bench: what Wadi promises in figures, measured beside anchors in one run.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createOutput } from "../functions/cli/terminal/output.ts";
import { installAnchors } from "./anchors.ts";
import { barLines } from "./bars.ts";
import { compared, readKept } from "./compare.ts";
import { measureOthers } from "./cpu.ts";
import { bundleFunctions } from "./programs.ts";
import { asJson, busyNote, type Findings, head, lines, machine } from "./report.ts";
import { type FailedRow, isMet, type Result, type Row } from "./row.ts";
import { ROOT, Session } from "./session.ts";

const HELP = `Usage: npm run bench -- [options]

Measures Wadi beside anchors, in turn, and prints a table of ratios. Correctness is checked first: what is wrong has no speed.

  --rows <names>   only these, for instance predict,embedded
  --rounds <n>     measurements of each (5)
  --full           also what takes many minutes: growth up to a million events, a life of ten millions
  --against <file> what an earlier run kept (in .wadi/bench): the two are compared
  --check          exit code 1 where a bar is missed; else only the tables say so
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
      against: { type: "string" },
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
  const before = values.against === undefined ? undefined : readKept(values.against);
  const facts = machine();
  const profiles = values.profile === undefined ? undefined : resolve(values.profile);
  const { full, small } = values;
  const found = await measure(chosen, { rounds, full, small, profiles });
  const { results, failed, notes } = found;
  const json = `${JSON.stringify(asJson(facts, rounds, found), null, 2)}\n`;
  const out = createOutput(process.stdout, process.env);
  if (values.json) out.write(json);
  else {
    const parts = [head(facts, rounds), lines(results, failed), barLines(results, out), notes];
    out.write(
      `${parts
        .map((part) => part.join("\n"))
        .filter((text) => text !== "")
        .join("\n\n")}\n`,
    );
  }
  if (before !== undefined) out.write(`\n${compared(before, results, out).join("\n")}\n`);
  if (!small) say(`kept in ${keep(json)}; make bench AGAINST=<that file> compares a later run with it`);
  const missed = results.filter((result) => isMet(result) === false);
  if (missed.length > 0) say(`${missed.length} of ${results.filter(({ bar }) => bar).length} bars missed`);
  if (failed.length > 0) say(`${failed.length} of ${chosen.length} rows failed`);
  if (failed.length > 0 || (values.check && missed.length > 0)) process.exitCode = 1;
}

interface Settings {
  readonly rounds: number;
  readonly full: boolean;
  readonly small: boolean;
  readonly profiles: string | undefined;
}

/** A row that fails costs nobody but itself: what it started is ended, and the next one is measured. */
async function measure(rows: readonly Row[], { rounds, full, small, profiles }: Settings): Promise<Findings> {
  const [results, failed, notes]: [Result[], FailedRow[], string[]] = [[], [], []];
  const bundles = new Session(profiles);
  await bundleFunctions(bundles);
  const progress = (text: string) => say(`  ${text}`);
  const note = (text: string) => void notes.push(text);
  for (const { name, title, run } of rows) {
    say(title);
    const session = new Session(profiles);
    const others = measureOthers();
    try {
      results.push(...(await run({ rounds, full, small, session, progress, note })));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      say(`  failed: ${message}`);
      failed.push({ name, title, message });
    }
    await session.end();
    const busy = busyNote(name, others.cores());
    if (busy !== undefined) note(busy);
  }
  bundles.close();
  return { results, failed, notes };
}

/** The path of it, from here. */
function keep(json: string): string {
  const folder = join(ROOT, ".wadi/bench");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}.json`);
  writeFileSync(file, json);
  return relative(process.cwd(), file);
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
