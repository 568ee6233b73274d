import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigurationError } from "../errors.ts";
import { createLog } from "./log.ts";

function logged(level: string) {
  const lines: string[] = [];
  return { lines, log: createLog(level, "learn", { write: (line: string) => void lines.push(line) }) };
}

test("a line is one JSON object with level, name, time, message and the fields", () => {
  const { lines, log } = logged("info");

  log.warn({ step: "learn", key: "k", reason: "held" }, "two\nlines");

  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(lines[0] as string)).toEqual({
    level: "warn",
    name: "learn",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    step: "learn",
    key: "k",
    reason: "held",
    msg: "two\nlines",
  });
});

test("an error keeps its stack and its cause", () => {
  const { lines, log } = logged("info");

  log.error({ err: new Error("commit failed", { cause: new Error("disk full") }) }, "bug");

  expect(lines[0]).toContain("commit failed");
  expect(lines[0]).toContain("disk full");
  expect(lines[0]).toContain("log.test.ts");
});

test.each([
  ["debug", ["debug", "info", "warn", "error"]],
  ["info", ["info", "warn", "error"]],
  ["warn", ["warn", "error"]],
  ["error", ["error"]],
  ["silent", []],
])("at level %s there are %j", (level, shown) => {
  const { lines, log } = logged(level);

  for (const each of ["debug", "info", "warn", "error"] as const) log[each]({}, each);

  expect(lines.map((line) => JSON.parse(line).level)).toEqual(shown);
});

test("a level that is none is refused, with those there are", () => {
  expect(() => logged("loud")).toThrow(ConfigurationError);
  expect(() => logged("loud")).toThrow(/debug, info, warn, error, silent/);
});

test("a field that holds itself, a large integer, and an error without end are told all the same", () => {
  const { lines, log } = logged("info");
  const circle: Record<string, unknown> = { offset: 1 };
  circle["self"] = circle;
  const error = new Error("first");
  error.cause = error;

  log.warn({ circle }, "round");
  log.warn({ offset: 9007199254740993n }, "large");
  log.warn({ err: error }, "without end");

  const [round, large, endless] = lines.map((line) => JSON.parse(line));
  expect(round).toMatchObject({
    level: "warn",
    name: "learn",
    msg: "round",
    fields: expect.stringContaining("offset: 1"),
  });
  expect(large).toMatchObject({ offset: "9007199254740993", msg: "large" });
  expect(endless).toMatchObject({ err: { type: "Error", message: "first" }, msg: "without end" });
});

test("an error's code stands beside what it says", () => {
  const { lines, log } = logged("info");

  log.error({ err: Object.assign(new TypeError("no"), { code: "EACCES" }) }, "bug");

  expect(JSON.parse(lines[0] as string).err).toMatchObject({ type: "TypeError", message: "no", code: "EACCES" });
});

test("a line past what a pipe holds is there whole", async () => {
  const program = `const { createLog } = await import(${JSON.stringify(join(import.meta.dirname, "log.ts"))});
    createLog("info", "learn").info({ long: "x".repeat(300000) }, "long");
    process.exit(0);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "ignore", "pipe"],
  });

  let said = "";
  for await (const chunk of child.stderr) said += chunk;

  expect(JSON.parse(said).long).toHaveLength(300_000);
});
