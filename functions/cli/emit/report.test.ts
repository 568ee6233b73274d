// What `wadi emit` says to look at next, and what taught nothing.

import { describe, expect, test } from "vitest";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { readEmitOptions } from "./options.ts";
import { knownLine, nextSteps } from "./report.ts";

const plan = (flags = {}) =>
  readEmitOptions("a.csv", { pipeline: "taxi", url: "http://127.0.0.1:8080/", ...flags }, {});
const steps = (record: Record<string, unknown>, here = true, columns = 80) =>
  nextSteps(plan(), { here, record }, recordedOutput({ columns, env: { NO_COLOR: "1" } }));

describe("what to look at next", () => {
  test("are Wadi's own commands, where it runs here", () => {
    expect(steps({ km: 3.5, zone: "north" }).filter((line) => !line.startsWith("#"))).toEqual([
      expect.stringMatching(/wadi status$/),
      expect.stringMatching(/wadi models show taxi$/),
      expect.stringMatching(/wadi predict --pipeline taxi km=3.5 zone=north$/),
    ]);
  });

  test("of another Wadi are those that need no more than its address", () => {
    const lines = steps({ km: 3.5 }, false).filter((line) => !line.startsWith("#"));

    expect(lines.map((line) => line.trim()).join(" ")).not.toMatch(/ status| models /);
    expect(lines.join(" ")).toContain("--url http://127.0.0.1:8080/");
  });

  test("a field that would be read as something else is asked for in JSON", () => {
    expect(steps({ zip: "123", paid: true }).join(" ")).toContain(`'{"zip":"123","paid":true}'`);
    expect(steps({ zip: "00123", paid: true }).join(" ")).toContain("zip=00123 paid=true");
    expect(steps({ name: null }).join(" ")).toContain(`'{"name":null}'`);
  });

  test("a long question is broken between its fields, each line but the last going on", () => {
    const record = Object.fromEntries(Array.from({ length: 20 }, (_one, i) => [`field_${i}`, i]));

    const lines = steps(record).filter((line) => !line.startsWith("#"));

    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(lines.slice(2, -1).every((line) => line.endsWith(" \\"))).toBe(true);
  });
});

describe("what was known already", () => {
  const said = (rows: number, more: boolean, flags = {}) =>
    knownLine({ rows, more }, plan(flags), recordedOutput()).join("");

  test("is counted, with the way to send it as something new", () => {
    expect(said(1500, false)).toBe(
      "1,500 were known already, and are not learned again (--source /other sends them as new)",
    );
    expect(said(1, true)).toContain("at least 1 was known already, and is not learned again");
    expect(said(0, false)).toBe("");
  });

  test("under ids of its own stays known whatever the source", () => {
    expect(said(3, false, { id: "key" })).toBe("3 were known already, and are not learned again");
  });
});
