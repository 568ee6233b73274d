// The pages of docs/reference are what the code says.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, referencePages } from "../docs/generator/pages.ts";

const FOLDER = join(ROOT, "docs/reference");
const pages = await referencePages();

test.each(Object.keys(pages))("%s is up to date; if not: npm run docs", (name) => {
  expect(readFileSync(join(FOLDER, name), "utf8")).toBe(pages[name]);
});

test("no page stands there that the code does not make", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(pages).sort());
});

test("every variable that a source reads is among the settings", () => {
  const found = execFileSync("git", ["grep", "-hoE", "WADI_[A-Z_]+", "--", "functions", "wadi"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const known = new Set(found.split("\n").filter((name) => name !== "" && !/^WADI_(TEST_|$)/.test(name)));

  expect(known.size).toBeGreaterThan(10);
  expect([...known].filter((name) => !pages["settings.md"]?.includes(`\`${name}\``))).toEqual([]);
});
