import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { newFolder } from "./admin/fixtures/running.ts";

test("the compile caches lie in the bundle, whatever is set where it is made", async () => {
  const folder = newFolder();
  const elsewhere = join(newFolder(), "cache");
  const set = {
    NODE_COMPILE_CACHE: elsewhere,
    NODE_DISABLE_COMPILE_CACHE: "1",
    WADI_STORE: "redis://127.0.0.1:1",
    WADI_BROKER: "no address",
    WADI_LOG_LEVEL: "loud",
  };

  await promisify(execFile)(process.execPath, [join(import.meta.dirname, "bundle.ts"), folder], {
    env: { ...process.env, ...set },
  });

  const cached = ["validate", "featurize", "learn", "predict", "dashboard", "archive"].map(
    (step) =>
      readdirSync(join(folder, step, "cache"), { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      ).length,
  );
  for (const files of cached) expect(files).toBeGreaterThan(1);
}, 60_000);
