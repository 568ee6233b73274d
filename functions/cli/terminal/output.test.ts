import { describe, expect, test } from "vitest";
import { createOutput } from "./output.ts";

const stream = (isTTY: boolean, columns = 100) => ({ write: () => true, isTTY, columns });
const painted = (isTTY: boolean, env: Record<string, string>) => createOutput(stream(isTTY), env).palette.bad("x");

describe("colours", () => {
  test("a terminal has them, a pipe has not", () => {
    expect(painted(true, { TERM: "xterm" })).toBe("\x1b[31mx\x1b[39m");
    expect(painted(false, { TERM: "xterm" })).toBe("x");
  });

  test("NO_COLOR takes them away, whatever it says; empty it says nothing", () => {
    expect(painted(true, { TERM: "xterm", NO_COLOR: "0" })).toBe("x");
    expect(painted(true, { TERM: "xterm", NO_COLOR: "" })).not.toBe("x");
  });

  test("a dumb terminal has none, and cannot redraw", () => {
    expect(painted(true, { TERM: "dumb" })).toBe("x");
    expect(createOutput(stream(true), { TERM: "dumb" }).interactive).toBe(false);
  });
});

describe("signs", () => {
  const full = (env: Record<string, string>) => createOutput(stream(true), env).signs.full;

  test("blocks where the locale speaks UTF-8, ASCII where it does not", () => {
    expect(full({ LANG: "de_DE.UTF-8" })).toBe("█");
    if (process.platform === "linux") {
      expect(full({})).toBe("#");
      expect(full({ LANG: "C" })).toBe("#");
    }
  });

  test("LC_ALL has the last word", () => {
    if (process.platform === "linux") expect(full({ LANG: "C.UTF-8", LC_ALL: "POSIX" })).toBe("#");
    expect(full({ LANG: "C", LC_ALL: "C.utf8" })).toBe("█");
  });
});

test("the width is the terminal's, and 80 where there is none or it does not know", () => {
  expect(createOutput(stream(true, 120), {}).columns()).toBe(120);
  expect(createOutput(stream(true, 0), {}).columns()).toBe(80);
  expect(createOutput(stream(false, 120), {}).columns()).toBe(80);
});
