// The completion scripts, asked as the shells themselves ask them. Where a shell is missing its tests are skipped, and
// counted; not where CI is set, for there each is installed.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../program-under-test.contract.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-completion-"));
const scripts: Record<string, string> = {};

beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    scripts[shell] = join(folder, `wadi.${shell}`);
    writeFileSync(scripts[shell], (await run(["completion", shell])).out);
  }
  mkdirSync(join(folder, "here"));
  writeFileSync(join(folder, "here", "a file.csv"), "");
  mkdirSync(join(folder, "here", "data"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const isOnPath = (shell: string) => spawnSync("sh", ["-c", `command -v ${shell}`]).status === 0;
const isTried = (shell: string) => isOnPath(shell) || Boolean(process.env["CI"]);
const titled = (shell: string) =>
  isTried(shell) ? shell : `${shell} (there is none on the path; Debian: apt-get install ${shell})`;
const FILES = { cwd: join(folder, "here"), encoding: "utf8", env: { ...process.env, HOME: folder } } as const;

/** What bash offers for the last of the words. */
function bash(...words: readonly string[]): readonly string[] {
  const script = `
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _wadi; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ["--norc", "-c", script, "bash", scripts["bash"] as string, ...words];
  const out = execFileSync("bash", args, FILES);
  return out.split("\n").filter((line) => line !== "");
}

describe.skipIf(!isTried("bash"))(titled("bash"), { tags: ["bash"] }, () => {
  test("commands, at every depth", () => {
    expect(bash("wadi", "")).toEqual(expect.arrayContaining(["start", "emit", "dlq", "completion", "help"]));
    expect(bash("wadi", "st")).toEqual(["start", "status"]);
    expect(bash("wadi", "dlq", "")).toEqual(["list", "groups", "show", "redrive", "drop"]);
    expect(bash("wadi", "help", "mod")).toEqual(["models"]);
    expect(bash("wadi", "completion", "")).toEqual(["bash", "zsh", "fish"]);
  });

  test("the options of the command, whatever stands before", () => {
    expect(bash("wadi", "dlq", "redrive", "--dr")).toEqual(["--dry-run"]);
    expect(bash("wadi", "dlq", "redrive", "--step", "learn", "--rea")).toEqual(["--reason"]);
    expect(bash("wadi", "--verbose", "status", "--wa")).toEqual(["--watch"]);
    expect(bash("wadi", "dlq", "--redr")).toEqual([]);
  });

  test("files where a file is meant, folders where a folder is, and nothing where nobody can know", () => {
    expect(bash("wadi", "emit", "a")).toEqual(["a file.csv"]);
    expect(bash("wadi", "start", "--data", "")).toEqual(["data"]);
    expect(bash("wadi", "emit", "--pipeline", "")).toEqual([]);
    expect(bash("wadi", "pipeline", "new", "x", "--from", "a")).toEqual(["a file.csv"]);
  });
});

describe.each(["bash", "zsh", "fish"])("%s", (shell) => {
  test.skipIf(!isTried(shell))("has a script without a mistake in it", { tags: [shell] }, () => {
    const { error, status, stderr } = spawnSync(shell, ["-n", scripts[shell] as string], FILES);

    expect({ error, status, stderr }).toEqual({ error: undefined, status: 0, stderr: "" });
  });
});

describe.skipIf(!isTried("zsh"))(titled("zsh"), { tags: ["zsh"] }, () => {
  const offered = new Map<string, string>();

  /** What an interactive zsh lists below each line: one shell for all, for its completion takes a second to start. */
  const TYPIST = `
    zmodload zsh/zpty
    zpty wadi TERM=dumb zsh -f -i
    zpty -w wadi "stty cols 200; PS1=; autoload -Uz compinit; compinit -u -D; source \${(q)1}
      bindkey '^I' list-choices; listed() { print LIS''TED }; zle -N listed; bindkey '^T' listed; print REA''DY"
    zpty -r wadi said '*READY*' || exit 1
    for line in "\${@[2,-1]}"; do
      zpty -n -w wadi "$line"$'\\t\\x14\\x15'
      zpty -r wadi said '*LISTED*' || exit 1
      print -rn -- "$said"$'\\0'
    done
    zpty -d wadi`;

  const LINES = [
    ...["wadi dlq re", "wadi help mod", "wadi completion ", "wadi status --wa", "wadi dlq --redr"],
    ...["wadi emit a", "wadi start --data ", "wadi emit --pipeline "],
  ];

  beforeAll(() => {
    const answers = execFileSync("zsh", ["-f", "-c", TYPIST, "zsh", scripts["zsh"] as string, ...LINES], {
      ...FILES,
      timeout: 30_000,
    });
    for (const [i, answer] of answers.split("\0").entries()) offered.set(LINES[i] ?? "", answer.replaceAll("\r", ""));
  });

  test("commands, at every depth, with what each is about", () => {
    expect(offered.get("wadi dlq re")).toMatch(/^redrive +-- send dead letters again *$/m);
    expect(offered.get("wadi help mod")).toMatch(/^models *$/m);
    expect(offered.get("wadi completion ")).toMatch(/^bash +fish +zsh *$/m);
  });

  test("the options of the command, and no other's", () => {
    expect(offered.get("wadi status --wa")).toMatch(/^--watch +-- /m);
    expect(offered.get("wadi dlq --redr")).not.toMatch(/^--redr/m);
  });

  test("files where a file is meant, folders where a folder is, and nothing where nobody can know", () => {
    expect(offered.get("wadi emit a")).toMatch(/^a\\ file\.csv *$/m);
    expect(offered.get("wadi start --data ")).toMatch(/^data\/ *$/m);
    expect(offered.get("wadi emit --pipeline ")).not.toMatch(/^a\\ file|^data/m);
  });
});

describe.skipIf(!isTried("fish"))(titled("fish"), { tags: ["fish"] }, () => {
  const offered = (line: string) =>
    execFileSync("fish", ["-c", `source $argv[1]; complete -C $argv[2]`, scripts["fish"] as string, line], FILES)
      .split("\n")
      .filter((one) => one !== "");

  test("commands, at every depth, with what each is about", () => {
    expect(offered("wadi dlq re")).toEqual(["redrive\tsend dead letters again"]);
    expect(offered("wadi completion ")).toEqual(["bash", "fish", "zsh"]);
  });

  test("the options of the command, and no other's", () => {
    expect(offered("wadi status --wa")).toEqual([expect.stringMatching(/^--watch\t/)]);
    expect(offered("wadi dlq --redr")).toEqual([]);
  });

  test("files where a file is meant, folders where a folder is, and nothing where nobody can know", () => {
    expect(offered("wadi emit a")).toEqual(["a file.csv"]);
    expect(offered("wadi start --data ")).toEqual([expect.stringMatching(/^data\/\t/)]);
    expect(offered("wadi emit --pipeline ")).toEqual([]);
  });
});
