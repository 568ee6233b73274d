// An import that is killed at any moment leaves nothing that looks like a model set, and can be made again.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { newFolder, startRunning } from "../../admin/fixtures/running.ts";
import { pause } from "../../local/wadi-under-test.contract.ts";
import { run } from "../program-under-test.contract.ts";

const ROOT = join(import.meta.dirname, "../../..");
const IDS = 60_000;
const KILLED_AFTER = [1, 20_000, IDS];

/** A file of one example, with many ids more. */
async function exportOfMany(): Promise<string> {
  const { folder, send, settled } = await startRunning();
  await send("observation", "o", { x: 1, y: 2 });
  await settled();
  const file = JSON.parse((await run(["models", "export", "line", "--data", folder, "--out", "-"])).out);
  const until = Date.now() + 86_400_000;
  const path = join(newFolder(), "many.json");
  const groups = Array.from({ length: IDS / 1000 }, (_, group) => {
    return { until, ids: Array.from({ length: 1000 }, (_, i) => String(1000 * group + i)) };
  });
  writeFileSync(path, JSON.stringify({ ...file, ids: groups, learnedIds: IDS }));
  return path;
}

test("killed while it brings ids, or just before it is in force, it leaves no set; the next one is whole", async () => {
  const file = await exportOfMany();
  const { folder, stop } = await startRunning();
  await stop();
  const store = new DatabaseSync(join(folder, "store.db"), { readOnly: true });
  const brought = store.prepare(
    "SELECT max(added) AS n FROM states WHERE generation NOT IN (SELECT value FROM json_each(?))",
  );
  const generations = () =>
    store
      .prepare("SELECT generation FROM states")
      .all()
      .map((row) => String(row["generation"]));
  const list = async () => JSON.parse((await run(["models", "list", "--data", folder, "--json"])).out).items;

  for (const least of KILLED_AFTER) {
    const known = JSON.stringify(generations());
    const child = spawn(join(ROOT, "wadi"), ["models", "import", file, "--data", folder], {
      cwd: ROOT,
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    while (child.exitCode === null && Number(brought.get(known)?.["n"] ?? 0) < least) await pause(2);
    child.kill("SIGKILL");
    await ended;

    const [item] = await list();
    // The last one may have come into force just before it was killed: then it is whole.
    if (item !== undefined) expect({ least, count: item.count }).toEqual({ least: IDS, count: 1 });
  }
  const again = await run(["models", "import", file, "--replace", "--data", folder]);

  expect(again).toMatchObject({ code: 0, out: expect.stringContaining("1 example, 60,000 learned ids") });
  expect(await list()).toMatchObject([{ set: "line", count: 1 }]);
  expect(generations().length).toBeLessThanOrEqual(2);
  store.close();
}, 120_000);
