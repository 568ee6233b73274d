// The program as a whole: what is mistyped, what help says, how it ends.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { systemClock } from "../lib/clock.ts";
import { cleanUp, temporaryFolder } from "../local/wadi-under-test.contract.ts";
import { createProgram } from "./program.ts";
import { run } from "./program-under-test.contract.ts";
import { recordedTerminal } from "./terminal/recorded-output.contract.ts";

const root = join(import.meta.dirname, "../..");

function commandPaths(command: Command, path: readonly string[] = []): readonly (readonly string[])[] {
  return [path, ...command.commands.flatMap((one) => commandPaths(one, [...path, one.name()]))];
}

const program = createProgram({ terminal: recordedTerminal(), env: {}, clock: systemClock, exitWith() {} });
const paths = commandPaths(program).map((path) => path.join(" "));

test("has the commands that it should", () => {
  expect(program.commands.map((command) => command.name())).toEqual([
    "start",
    "demo",
    "package",
    "doctor",
    "emit",
    "generator",
    "predict",
    "pipeline",
    "learn",
    "page",
    "status",
    "watch",
    "events",
    "labels",
    "models",
    "trace",
    "dlq",
    "replay",
    "archive",
    "completion",
    "clean",
  ]);
});

describe("what is mistyped suggests the right one, and exits with 2", () => {
  test.each([
    ["stauts", "status"],
    ["dlq lst", "list"],
    ["models shwo", "show"],
    ["pipeline chekc", "check"],
    ["status --wacth", "--watch"],
    ["dlq redrive --dry-rum", "--dry-run"],
    ["emit --pipline x", "--pipeline"],
    ["help stauts", "status"],
    ["help dlq lst", "list"],
  ])("%s", async (typed, meant) => {
    expect(await run(typed.split(" "))).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining(`Did you mean ${meant}?`),
    });
  });

  test.each([
    "",
    "dlq",
    "models",
    "pipeline",
    "completion",
    "dlq show",
    "completion tcsh",
    "trace a b",
    "events --outcome lost",
    "labels a b",
  ])("'%s' is not enough, or too much", async (typed) => {
    const { code, out, err } = await run(typed === "" ? [] : typed.split(" "));

    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).not.toBe("");
  });
});

describe("what is refused is said in one style, with the help that belongs to it", () => {
  test.each([
    ["help nope", "wadi: unknown command 'nope'\n(see wadi help)\n"],
    ["trace", "wadi: missing required argument 'subject'\n(see wadi help trace)\n"],
    ["dlq show", "wadi: missing required argument 'number'\n(see wadi help dlq show)\n"],
  ])("%s", async (typed, err) => {
    expect(await run(typed.split(" "))).toEqual({ code: 2, out: "", err });
  });
});

describe("help", () => {
  test("names a command by its words, at any depth", async () => {
    const asked = await run(["help", "dlq", "list"]);

    expect(asked).toEqual(await run(["dlq", "list", "--help"]));
    expect(asked).toMatchObject({ code: 0, out: expect.stringContaining("Usage: wadi dlq list") });
  });

  test.each(paths)("of 'wadi %s' fits 120 columns, has examples, and says how it ends", async (path) => {
    const { code, out } = await run([...path.split(" ").filter(Boolean), "--help"], { screen: { columns: 120 } });

    expect(code).toBe(0);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(out).toMatch(/^ {2}(.*\| )?(source <\()?wadi /m);
  });

  test.each(paths.filter((path) => !["start", "demo"].includes(path)))(
    "of 'wadi %s' uses no option that is not there",
    async (path) => {
      const { out } = await run([...path.split(" ").filter(Boolean), "--help"]);
      const examples = [...out.matchAll(/wadi ([a-z]+(?: [a-z]+)?)([^\n|]*)/g)];

      for (const [, words = "", rest = ""] of examples) {
        const command = find(program, words.split(" "));
        const known = command
          .createHelp()
          .visibleOptions(command)
          .map(({ long }) => long);
        for (const [option] of rest.matchAll(/(?<=\s)--[a-z-]+/g)) {
          expect([...known, "--verbose"], `wadi ${words}${rest}`).toContain(option);
        }
      }
    },
  );
});

/** They reach neither store nor log themselves. */
const BY_PODS = ["page", "archive status"];

test.each(
  paths.filter((path) => !BY_PODS.includes(path) && optionsOf(find(program, path.split(" "))).includes("--cluster")),
)("'wadi %s' has every option that the errors of a cluster suggest", (path) => {
  const suggested = ["--context", "--namespace", "--redis", "--kafka"];

  expect(optionsOf(find(program, path.split(" ")))).toEqual(expect.arrayContaining(suggested));
});

function optionsOf(command: Command): readonly (string | undefined)[] {
  return command.options.map(({ long }) => long);
}

function find(command: Command, [word, ...rest]: readonly string[]): Command {
  const found = command.commands.find((one) => one.name() === word);
  return found === undefined ? command : find(found, rest);
}

test("start refuses steps by URL whose setting is wrong, with the cure, from the environment too", async () => {
  const data = join(temporaryFolder(), "data");
  const listeners = process.listenerCount("SIGINT");
  const start = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    run(["start", "--data", data, "--port", "0", "--admin-port", "0", ...args], { env });

  const noStore = await start({ WADI_STEPS: "learn=http://127.0.0.1:9/" });
  const noHeader = await start({ WADI_STEPS_HEADERS: "hidden" }, "--steps", "validate=http://127.0.0.1:9/");
  const noNumber = await start({}, "--steps", "validate=http://127.0.0.1:9/", "--steps-max-bytes", "0");

  expect([noStore.code, noHeader.code, noNumber.code]).toEqual([1, 1, 2]);
  expect(noStore.err).toMatch(/learn called by URL.*--redis redis:/);
  expect(noHeader.err).toMatch(/WADI_STEPS_HEADERS: line 1 is no header/);
  expect(noHeader.err).not.toContain("hidden");
  expect(process.listenerCount("SIGINT")).toBe(listeners);
  await cleanUp();
});

test("--version is the package's, and exits with 0", async () => {
  expect(await run(["--version"])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test("on a terminal an error is broken between words, so that its commands can be read; in a pipe it is one line", async () => {
  const failing = ["status", "--data", "/nowhere"];

  const shown = (await run(failing, { screen: { columns: 60 } })).err;
  const piped = (await run(failing)).err;

  expect(Math.max(...shown.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(shown.split("\n").length).toBeGreaterThan(2);
  expect(shown.replaceAll("\n", " ")).toBe(piped.replaceAll("\n", " "));
  expect(piped.indexOf("\n")).toBe(piped.length - 1);
});

test("--verbose shows where it happened, wherever it stands", async () => {
  const { err } = await run(["status", "--data", "/nowhere", "--verbose"]);

  expect(err).toMatch(/no Wadi runs in \/nowhere[\s\S]*\n +at /);
});

test("as a process: the exit code, and errors on standard error", async () => {
  const wadi = (...args: readonly string[]) =>
    promisify(execFile)(join(root, "wadi"), args).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );

  expect(await wadi("pipeline", "check", "--json")).toMatchObject({ code: 0, stderr: "" });
  expect(await wadi("dlq", "lst")).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("list") });
}, 20_000);
