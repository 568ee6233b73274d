import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isLocked, lockFolder } from "./lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wadi-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a folder is locked for as long as the lock is held", () => {
  const unlock = lockFolder(folder);
  expect(isLocked(folder)).toBe(true);
  expect(() => lockFolder(folder)).toThrow("another Wadi process");

  unlock();

  expect(isLocked(folder)).toBe(false);
  lockFolder(folder)();
});

test("the lock of another process is seen, and is gone when that one is killed", async () => {
  const script = `import { lockFolder } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    globalThis.unlock = lockFolder(${JSON.stringify(folder)}); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  expect(isLocked(folder)).toBe(true);

  child.kill("SIGKILL");
  await once(child, "exit");

  expect(isLocked(folder)).toBe(false);
});

test("to ask makes nothing, and a file that is no lock holds nobody up", () => {
  const none = join(folder, "none");

  expect([isLocked(none), isLocked(folder)]).toEqual([false, false]);
  expect([existsSync(none), readdirSync(folder)]).toEqual([false, []]);

  writeFileSync(join(folder, "lock"), "this is no database, and never was one");
  expect(isLocked(folder)).toBe(false);
});

test("whoever asks again and again keeps nobody from starting", async () => {
  lockFolder(folder)();
  const asking = `import { isLocked } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    console.log("asks"); for (;;) isLocked(${JSON.stringify(folder)});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", asking], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");

  for (let i = 0; i < 50; i++) lockFolder(folder)();

  child.kill("SIGKILL");
  await once(child, "exit");
});
