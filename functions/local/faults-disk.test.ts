// The disk is full while events come, and has room again. Where this may mount a small file system it really is full;
// elsewhere SQLite is told that no file may grow, and the titles say which.

import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import {
  cleanUp,
  later,
  observation,
  post,
  spawnWadi,
  temporaryFolder,
  type WadiProcess,
} from "./wadi-under-test.contract.ts";

afterEach(cleanUp);

const MIB = 2 ** 20;

/** A folder on a file system of its own; undefined where this process may not mount one. */
function smallDisk(): string | undefined {
  const folder = join(temporaryFolder(), "disk");
  mkdirSync(folder);
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=80m", "tmpfs", folder]);
  if (status !== 0) return undefined;
  later(() => spawnSync("umount", ["-l", folder]));
  return folder;
}

function fill(folder: string): void {
  for (let i = 0, size = MIB; size > 0; i++) {
    try {
      writeFileSync(join(folder, `filler-${i}`), Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
}

const mountable = smallDisk() !== undefined;
await cleanUp();
const kind = mountable ? "a full file system" : "SQLite's own limit, since no file system may be mounted here";

interface Disk {
  readonly folder: string;
  full(wadi: WadiProcess): void;
  room(wadi: WadiProcess): void;
}

function disk(): Disk {
  const folder = smallDisk();
  if (folder === undefined) {
    return {
      folder: temporaryFolder(),
      full: (wadi) => wadi.tell({ full: true }),
      room: (wadi) => wadi.tell({ full: false }),
    };
  }
  const fillers = join(folder, "fillers");
  return {
    folder,
    full() {
      mkdirSync(fillers, { recursive: true });
      fill(fillers);
    },
    room: () => rmSync(fillers, { recursive: true }),
  };
}

/** Sends until one is refused; which were accepted, and the refusal. */
async function untilRefused(url: string, from: number) {
  for (let i = from; ; i++) {
    const answer = await post(url, observation(i, true));
    if (answer?.status !== 202) return { next: i, refusal: answer };
  }
}

test(`while the disk is full the ingress answers 503 with the cure; with room again all goes on by itself (${kind})`, async () => {
  const { folder, full, room } = disk();
  const wadi = await spawnWadi(join(folder, "data"));
  for (let i = 0; i < 100; i++) await post(wadi.url, observation(i, true));
  await wadi.outcome();

  full(wadi);
  const { next, refusal } = await untilRefused(wadi.url, 100);
  const health = await fetch(`${wadi.url}/health/ready`);
  const duringFault = wadi.log();
  room(wadi);
  let sent = next;
  while ((await post(wadi.url, observation(sent, true)))?.status !== 202) await new Promise((go) => setTimeout(go, 20));
  for (sent++; sent < next + 100; sent++) expect((await post(wadi.url, observation(sent, true)))?.status).toBe(202);
  const outcome = await wadi.outcome();

  expect([refusal?.status, health.status]).toEqual([503, 200]);
  expect(await health.json()).toMatchObject({
    ready: true,
    missing: { broker: expect.stringContaining("disk is full") },
  });
  expect(JSON.parse(refusal?.text ?? "")).toMatchObject({
    error: "journal-unavailable",
    message: expect.stringMatching(
      /journal\.db cannot be written: .*the disk is full: make room, and it goes on by itself/,
    ),
  });
  expect(outcome).toMatchObject({ count: sent, learned: sent, deadLetters: 0 });
  expect(duringFault).toContain("the disk is full: make room");
  expect(duringFault.split("\n").length).toBeLessThan(100);
}, 60_000);

test(`a process killed on a full disk, and one that cannot start there, lose nothing of what was accepted (${kind})`, async () => {
  const { folder, full, room } = disk();
  const data = join(folder, "data");
  const first = await spawnWadi(data);
  full(first);
  const { next } = await untilRefused(first.url, 0);
  first.child.kill("SIGKILL");
  await first.exit;

  const started = await spawnWadi(data).then(
    (wadi) => wadi,
    (error: Error) => error.message,
  );
  if (typeof started === "string") expect(started).toMatch(/the disk is full.*make room/);
  else {
    started.child.kill("SIGKILL");
    await started.exit;
  }
  if (mountable) room(first);
  const last = await spawnWadi(data);
  const outcome = await last.outcome();

  expect(outcome).toMatchObject({ count: next, learned: next, deadLetters: 0 });
}, 60_000);
