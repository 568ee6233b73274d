import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newFolder } from "../../admin/fixtures/running.ts";
import { lockFolder } from "../../lib/lock.ts";
import { run } from "../program-under-test.contract.ts";
import { removeFolder } from "./clean.ts";

/** With data of Wadis that ran. */
function left(): string {
  const folder = join(newFolder(), ".wadi");
  for (const name of ["data", "demo", "deep/er"]) lockFolder(join(folder, name))();
  writeFileSync(join(folder, "data/store.db"), "");
  return folder;
}

test.each(["data", "demo", "deep/er"])("while a Wadi holds %s nothing is removed, and who it is is said", (name) => {
  const folder = left();
  const held = join(folder, name);
  const unlock = lockFolder(held);
  const about = { url: "http://127.0.0.1:9", token: "t", pid: 4711, ingress: "http://127.0.0.1:8" };
  writeFileSync(join(held, "admin.json"), JSON.stringify(about));

  expect(() => removeFolder(folder)).toThrow(`a Wadi runs on ${held} (process 4711, http://127.0.0.1:8)`);

  expect(existsSync(join(folder, "data/store.db"))).toBe(true);
  unlock();
  expect(removeFolder(folder)).toBe(true);
  expect(existsSync(folder)).toBe(false);
});

test("where there is nothing, nothing is done", () => {
  expect(removeFolder(join(newFolder(), ".wadi"))).toBe(false);
});

test("a folder that has another file of that name is no hindrance", () => {
  const folder = left();
  mkdirSync(join(folder, "other"));
  writeFileSync(join(folder, "other/lock"), "not a database");

  expect(removeFolder(folder)).toBe(true);
});

test("help does not list it, and tells of it when asked", async () => {
  const { out: help } = await run(["--help"]);
  const { out } = await run(["clean", "--help"]);

  expect(help).not.toMatch(/^ +clean/m);
  expect(out.replace(/\s+/g, " ")).toContain("Removes .wadi here, unless a Wadi runs on it");
});
