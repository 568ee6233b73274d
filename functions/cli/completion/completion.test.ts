// The completion scripts, run by the shells themselves; zsh and fish where they are installed.

import { execFileSync } from "node:child_process";
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

const has = (shell: string) => {
  try {
    execFileSync("sh", ["-c", `command -v ${shell}`]);
    return true;
  } catch {
    return false;
  }
};

/** What bash offers for the last of the words. */
function bash(...words: readonly string[]): readonly string[] {
  const script = `
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _wadi; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ["--norc", "-c", script, "bash", scripts["bash"] as string, ...words];
  const out = execFileSync("bash", args, { cwd: join(folder, "here"), encoding: "utf8" });
  return out.split("\n").filter((line) => line !== "");
}

describe("bash", () => {
  test("commands, at every depth", () => {
    expect(bash("wadi", "")).toEqual(expect.arrayContaining(["start", "emit", "dlq", "completion", "help"]));
    expect(bash("wadi", "st")).toEqual(["start", "status"]);
    expect(bash("wadi", "dlq", "")).toEqual(["list", "show", "redrive", "drop"]);
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

test("every shell has a script without a mistake in it, and every command is in each", () => {
  for (const shell of ["bash", "zsh", "fish"].filter(has)) {
    expect(() => execFileSync(shell, ["-n", scripts[shell] as string])).not.toThrow();
  }
  const fish = execFileSync("cat", [scripts["fish"] as string], { encoding: "utf8" });
  expect(fish).toContain(`__wadi_at "/dlq/redrive"`);
});

test("fish, where it is: the same words, with what each is about", () => {
  if (!has("fish")) return;
  const ask = (line: string) =>
    execFileSync("fish", ["-c", `source $argv[1]; complete -C $argv[2]`, scripts["fish"] as string, line], {
      encoding: "utf8",
      cwd: join(folder, "here"),
      env: { ...process.env, HOME: folder },
    });

  expect(ask("wadi dlq re")).toMatch(/^redrive\tsend dead letters again$/m);
  expect(ask("wadi status --wa")).toMatch(/^--watch\t/m);
});
