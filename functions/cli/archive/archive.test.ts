// wadi archive, with a whole Wadi that keeps one and without.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Ajv } from "ajv";
import { expect, onTestFinished, test } from "vitest";
import { newFolder, startRunning } from "../../admin/fixtures/running.ts";
import { ArchiveStatus } from "../../admin/shapes/archive.ts";
import { Status } from "../../admin/shapes/shapes.ts";
import { idsIn } from "../../archive/archive-under-test.contract.ts";
import { pause } from "../../local/wadi-under-test.contract.ts";
import { run } from "../program-under-test.contract.ts";

const ajv = new Ajv({ strict: false });

async function json(args: readonly string[], shape: object) {
  const { code, out, err } = await run([...args, "--json"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const answer = JSON.parse(out);
  expect(ajv.validate(shape, answer), ajv.errorsText()).toBe(true);
  return answer;
}

test("what a Wadi accepts is in its archive once it has stopped, at the latest; status, metrics and the folder itself tell of it", async () => {
  const root = newFolder();
  const [data, folder] = [join(root, "data"), join(root, "archive")];
  const { wadi, send, settled, stop } = await startRunning({
    dataFolder: data,
    archive: { place: { kind: "folder", folder }, everyMs: 3_600_000 },
  });
  await send("observation", "a", { x: 1, y: 2 });
  await send("observation", "b", { wrong: true }, { pipeline: "nobody" });
  await settled();
  // It looks at the log once a second.
  while ((await json(["status", "--data", data], Status)).archive?.lag !== 2) await pause(20);

  const running = await json(["archive", "status", "--data", data], ArchiveStatus);
  const metrics = await (await fetch(`${wadi.url}/metrics`)).text();
  const told = (await run(["status", "--data", data])).out;
  await stop();
  const stopped = await json(["archive", "status", "--archive", folder], ArchiveStatus);
  const { out } = await run(["archive", "status", "--archive", folder]);

  expect(running).toMatchObject({
    where: folder,
    table: { version: 0, rows: 0 },
    archiver: { lag: 2, rows: 0, missed: 0 },
  });
  expect(metrics).toContain('wadi_archive{what="lag"} 2');
  expect(told).toMatch(/^archive +lacks 2 events, the oldest for /m);
  expect(stopped).toMatchObject({
    where: folder,
    table: { version: 1, rows: 2, files: 2, days: [{ rows: 2, files: 2 }] },
  });
  expect(stopped.archiver).toBeUndefined();
  expect(out).toMatch(
    /^archive +.*archive\nevents +2\ntable +version 1, 2 files, .*\nlast commit .*\n\nday \(UTC\) +events +files +size\n\d{4}-\d\d-\d\d +2 +2 /,
  );
  expect(await idsIn(folder)).toEqual(["a", "b"]);
  const file = join(root, "events.ndjson.gz");
  expect((await run(["archive", "export", file, "--archive", folder])).out).toBe(`Wrote ${file}: 2 events.\n`);
  const exported = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n");
  expect(exported.map((line) => JSON.parse(line).data)).toEqual(
    expect.arrayContaining([{ x: 1, y: 2 }, { wrong: true }]),
  );
  expect((await run(["archive", "export", "--pipeline", "line", "--archive", folder])).out).toMatch(
    /^\{.*"id":"a".*\}\n$/,
  );
  expect((await run(["archive", "export", "--json", "--archive", folder])).code).toBe(2);
  expect((await run(["archive", "compact", "--archive", folder])).out).toBe("There is nothing to compact.\n");
  expect((await run(["archive", "vacuum", "--dry-run", "--archive", folder])).out).toBe(
    "0 files (0 bytes) would be removed.\n",
  );
});

test("without an archive it says how to begin one", async () => {
  const data = newFolder();
  const { stop } = await startRunning({ dataFolder: data });
  onTestFinished(stop);

  expect(await run(["archive", "status", "--data", data])).toMatchObject({
    code: 1,
    err: expect.stringContaining("this Wadi keeps no archive; start it with --archive <folder>"),
  });
  expect(await run(["archive", "status", "--archive", join(data, "none")])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/there is no archive in .*none; wadi start --archive .*none makes one/s),
  });
});
