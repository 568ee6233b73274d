// wadi learn on an archive: the events of a whole Wadi, and what a replay from the archive learns of them.

import { join } from "node:path";
import { expect, test } from "vitest";
import { newFolder, startRunning } from "../../admin/fixtures/running.ts";
import { systemClock } from "../../lib/clock.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import { tasks } from "../../lib/learners/task.ts";
import { pause } from "../../local/wadi-under-test.contract.ts";
import { run } from "../program-under-test.contract.ts";
import { recordedTerminal } from "../terminal/recorded-output.contract.ts";
import { openArchivedExamples } from "./archived.ts";
import { createSets } from "./model-sets.ts";
import { findPipeline } from "./pipeline.ts";
import { createTrial } from "./trial.ts";

const weightsOf = (models: ModelSetState["models"]) => Object.entries(models).map(([name, { chain }]) => [name, chain]);

/** What `wadi learn` comes to with it. */
async function learnedFrom(path: string) {
  const pipeline = findPipeline("line", {});
  const context = { terminal: recordedTerminal(), env: {}, clock: systemClock, exitWith() {} };
  const source = await openArchivedExamples(
    { path, format: "archive", days: {} },
    pipeline,
    context,
    new AbortController().signal,
  );
  const sets = createSets(pipeline);
  const hooks = { predicted() {}, scored() {}, refused() {}, missed() {}, learned() {}, changed() {} };
  const trial = createTrial(sets, tasks[pipeline.task].learns, hooks, () => 7);
  for await (const examples of source.pieces) {
    for (const example of examples) if (!("reason" in example)) await trial.take(example);
  }
  await trial.end();
  return JSON.parse(JSON.stringify(sets.all().get("line")?.close(1).models)) as ModelSetState["models"];
}

test("what is learned from an archive is what a replay of it learns: late, early, double and second labels, repeats and what was refused", async () => {
  const [data, folder] = [newFolder(), join(newFolder(), "archive")];
  const archive = { place: { kind: "folder", folder }, everyMs: 1 } as const;
  const running = await startRunning({ dataFolder: data, archive });
  const { settled, wadi } = running;
  let sent = 0;
  const send: typeof running.send = (...args) => {
    sent++;
    return running.send(...args);
  };
  const x = (n: number) => (n % 20) / 10 - 1;
  for (let n = 0; n < 120; n++) {
    const truth = { y: 2 * x(n) };
    const [kind, other] = [n % 6, n - 4];
    if (kind === 1) await send("label", `l-${n}`, truth, { subject: `o-${n}` });
    await send("observation", `o-${n}`, { x: x(n), ...(kind === 0 && truth) });
    if (kind === 2) await send("observation", `o-${n - 2}`, { x: x(n - 2), y: 9 });
    if (kind === 3) await send("observation", `p-${n}`, { x: 5, y: 5 }, { subject: `o-${n}` });
    if (kind === 4) await send("observation", `bad-${n}`, { x: "much" });
    if (kind === 5) await send("label", `l-${n}`, { y: 2 * x(other + 2) }, { subject: `o-${other + 2}` });
    if (kind === 0 && n > 6) await send("label", `l-${n}`, { y: 2 * x(other) }, { subject: `o-${other}` });
    if (kind === 0 && n > 6) await send("label", `m-${n}`, { y: 7 }, { subject: `o-${other}` });
  }
  await settled();
  const rows = async () => JSON.parse((await run(["archive", "status", "--data", data, "--json"])).out);
  while ((await rows()).table?.rows !== sent) await pause(20);

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
  const { state } = await wadi.store.models.loadGeneration("line", "b");
  const models = await learnedFrom(folder);
  const told = await run(["learn", folder, "--pipeline", "line", "--json"]);
  const shown = await run(["learn", folder, "--pipeline", "line", "--from", "2026-01-01"]);
  const others = await run(["learn", folder, "--pipeline", "flights"]);
  const before = await run(["learn", folder, "--pipeline", "line", "--to", "2026-01-01"]);

  expect(weightsOf(models)).toEqual(weightsOf((JSON.parse(state) as ModelSetState).models));
  const { count } = JSON.parse(state) as ModelSetState;
  const result = JSON.parse(told.out);
  expect(result).toMatchObject({ file: folder, outcome: "done", learned: count, refused: 40 });
  expect(result.refusedBy).toEqual({ schema: 20, "subject-taken": 20 });
  expect(JSON.parse(replayed.out).rejected).toEqual(result.refusedBy);
  expect(shown).toMatchObject({ code: 0, out: expect.stringContaining("--from-archive --promote") });
  expect(others.err).toMatch(/archive .* has no event of the pipeline flights; it has events of line\n/);
  expect(before.err).toMatch(/has no event of the pipeline line of these days; it has events of line\n/);
});

test.each([
  ["a folder without a table", [".", "--pipeline", "line"], 1, /there is no archive in \./],
  [
    "an option of files",
    [".", "--pipeline", "line", "--delay", "2"],
    2,
    /--delay is for files, and \. is an archive; leave/,
  ],
  ["days of a file", ["package.json", "--pipeline", "line", "--from", "2026-01-01"], 2, /--from is for an archive/],
  ["days the wrong way", [".", "--pipeline", "line", "--from", "2026-02-01", "--to", "2026-01-01"], 2, /is after --to/],
])("%s is refused with the cure", async (_, args, code, why) => {
  const ended = await run(["learn", ...args]);

  expect(ended).toMatchObject({ code, err: expect.stringMatching(why) });
});
