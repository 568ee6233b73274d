// wadi archive erase, on the archive of a whole Wadi that goes on meanwhile, and what a replay learns afterwards.

import { join } from "node:path";
import { expect, test } from "vitest";
import { newFolder, startRunning } from "../../admin/fixtures/running.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import { pause } from "../../local/wadi-under-test.contract.ts";
import { run } from "../program-under-test.contract.ts";

/** Without anna: the weights are to be the same. */
const OTHERS = Array.from({ length: 20 }, (_, n) => ({ id: `o-${n}`, data: { x: n / 10, y: n / 5 } }));

async function startArchived() {
  const root = newFolder();
  const data = join(root, "data");
  const archive = { place: { kind: "folder", folder: join(root, "archive") }, everyMs: 1 } as const;
  const running = await startRunning({ dataFolder: data, archive });
  const archived = async () => JSON.parse((await run(["archive", "status", "--data", data, "--json"])).out).table.rows;
  const weights = async (generation: string) => {
    const { state } = await running.wadi.store.models.loadGeneration("line", generation);
    return Object.entries(JSON.parse(state).models as ModelSetState["models"]).map(([name, { chain }]) => [
      name,
      chain,
    ]);
  };
  return { ...running, data, archived, weights };
}

test("what was erased is in no replay from the archive, labels and late arrivals included, and it says where else it is", async () => {
  const { send, settled, data, archived, weights } = await startArchived();
  await send("observation", "anna", { x: 9, y: -9 });
  await send("observation", "v-1", { x: 8 }, { subject: "visit of anna" });
  for (const { id, data } of OTHERS) await send("observation", id, data);
  await send("label", "v-2", { y: -7 }, { subject: "visit of anna" });
  await settled();
  while ((await archived()) !== 23) await pause(20);
  const erase = (subject: string, ...more: string[]) =>
    run(["archive", "erase", "--subject", subject, "--data", data, ...more], { types: "2" });

  const dry = await erase("visit of anna", "--dry-run");
  const seen = await run(["archive", "erase", "--subject", "anna", "--data", data, "--dry-run"], {
    screen: { columns: 80 },
  });
  const refused = await run(["archive", "erase", "--subject", "anna", "--data", data]);
  const no = await erase("anna");
  const done = await erase("visit of anna");
  const again = await erase("visit of anna", "--json", "--vacuum");
  await erase("anna", "--yes");
  const replayed = await run([
    "replay",
    "--pipeline",
    "line",
    "--into",
    "b",
    "--from-archive",
    "--data",
    data,
    "--json",
  ]);
  const clean = await run(["replay", "--pipeline", "line", "--into", "c", "--data", data, "--json"]);

  expect(dry.out).toMatch(/has 2 events of visit of anna, in \d files?:\n\nday.*\n[-\d]+ +line +2 +\d\n/);
  // A bar on a terminal alone.
  expect([seen.err.includes("looking what is there"), dry.err]).toEqual([true, ""]);
  expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/1 event would be erased for good; add --yes/) });
  expect(no).toMatchObject({ code: 1, err: expect.stringContaining("Nothing was erased.") });
  expect(done.out).toMatch(/Erased 2 events: \d files? replaced, in version \d+\.\n\nWhere such events may still be:/);
  expect(done.out).toMatch(/^older versions +can be read until .*--vacuum.*\n.*\n?on the way +what was sent/m);
  const replaced = Number(/: (\d) files? replaced/.exec(done.out)?.[1]);
  expect(JSON.parse(again.out)).toMatchObject({ found: [], erased: { rows: 0 }, vacuumed: { files: replaced } });
  expect(JSON.parse(replayed.out)).toMatchObject({ examples: 20 });
  // The log has them still, as it is told.
  expect(JSON.parse(clean.out)).toMatchObject({ examples: 22 });
  const other = await startArchived();
  for (const { id, data } of OTHERS) await other.send("observation", id, data);
  await other.settled();
  expect(await weights("b")).toEqual(await other.weights("1"));
});
