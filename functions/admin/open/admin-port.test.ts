import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startLocal } from "../../local/start.ts";
import { newFolder, PIPELINES, startRunning, TOKEN, VALUES, VIEW_TOKEN } from "../fixtures/running.ts";
import { connectAdmin } from "../http/client.ts";

const modeOf = (path: string) => statSync(path).mode & 0o777;

/** Without a token of its own, as a person starts it. */
async function start(dataFolder: string, options: object = {}) {
  const wadi = await startLocal({
    dataFolder,
    port: 0,
    adminPort: 0,
    pipelinesFolder: PIPELINES,
    valuesFile: VALUES,
    logLevel: "silent",
    ...options,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= wadi.stop();
    return stopped;
  };
  onTestFinished(stop);
  const statusWith = (token: string) => connectAdmin({ url: wadi.adminUrl ?? "", token }).status();
  return { ...wadi, stop, statusWith };
}

test("the token is made at the first start, shown once, readable by its owner alone, and valid at every start", async () => {
  const folder = newFolder();
  const path = join(folder, "admin-token");

  const first = await start(folder);
  const token = first.newAdminToken ?? "";
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(readFileSync(path, "utf8")).toBe(`${token}\n`);
  expect(modeOf(path)).toBe(0o600);
  expect((await first.statusWith(token)).url).toBe(first.url);
  await first.stop();
  chmodSync(path, 0o644);
  const second = await start(folder);

  expect(second.newAdminToken).toBeUndefined();
  expect((await second.statusWith(token)).pipelines).toEqual([
    "app-sessions",
    "flights",
    "image-segments",
    "line",
    "phishing",
    "shuttle",
  ]);
  expect(modeOf(path)).toBe(0o600);
});

test("a token that is set takes precedence over the folder's, and does not replace it", async () => {
  const folder = newFolder();
  const first = await start(folder);
  await first.stop();

  const second = await start(folder, { adminToken: TOKEN });

  expect(second.newAdminToken).toBeUndefined();
  await second.statusWith(TOKEN);
  await expect(second.statusWith(first.newAdminToken ?? "")).rejects.toThrow(/token is wrong/);
  expect(readFileSync(join(folder, "admin-token"), "utf8").trim()).toBe(first.newAdminToken);
});

test.each(["short", "with a space in the middle", "ümlaut-ümlaut-ümlaut", `${"a".repeat(300)}`])(
  "%.30s is no token, and stops the start with the cure",
  async (token) => {
    const folder = newFolder();
    await expect(start(folder, { adminToken: token })).rejects.toThrow(
      /WADI_ADMIN_TOKEN holds no token: take 16 to 200/,
    );

    writeFileSync(join(folder, "admin-token"), token);

    await expect(start(folder)).rejects.toThrow(/admin-token holds no token/);
  },
);

test("a token to look with is another one than the admin's, and is neither shown nor kept; without one there is none", async () => {
  const folder = newFolder();
  await expect(start(folder, { viewToken: "short" })).rejects.toThrow(/WADI_VIEW_TOKEN holds no token/);
  await expect(start(folder, { adminToken: TOKEN, viewToken: TOKEN })).rejects.toThrow(
    /WADI_VIEW_TOKEN is the admin token, and whoever has it could do all/,
  );

  const wadi = await start(folder, { viewToken: VIEW_TOKEN });
  // What failed to start has shown none.
  expect(wadi.newAdminToken).toBeDefined();
  const viewer = connectAdmin({ url: wadi.adminUrl ?? "", token: VIEW_TOKEN });

  expect(await viewer.me()).toEqual({ role: "view" });
  expect((await viewer.status()).url).toBe(wadi.url);
  await expect(viewer.drop({ all: true })).rejects.toMatchObject({ name: "ForbiddenError", code: "view-only" });
  for (const file of ["admin-token", "admin.json"]) {
    expect(readFileSync(join(folder, file), "utf8")).not.toContain(VIEW_TOKEN);
  }
  await wadi.stop();
  await expect((await start(folder)).statusWith(VIEW_TOKEN)).rejects.toThrow(/token is wrong/);
});

test("while it runs the folder says where, readable by its owner alone; after a stop it does not", async () => {
  const folder = newFolder();
  const path = join(folder, "admin.json");
  writeFileSync(path, "left by a process that was killed", { mode: 0o644 });

  const wadi = await start(folder);

  const told = JSON.parse(readFileSync(path, "utf8"));
  expect(told).toEqual({ url: wadi.adminUrl, token: wadi.newAdminToken, pid: process.pid, ingress: wadi.url });
  expect(modeOf(path)).toBe(0o600);
  await wadi.stop();
  expect(existsSync(path)).toBe(false);
});

test("a server that listens on all addresses is announced at the loopback address", async () => {
  const folder = newFolder();
  const wadi = await start(folder, { host: "0.0.0.0" });

  const { url, token } = JSON.parse(readFileSync(join(folder, "admin.json"), "utf8"));

  expect(wadi.adminUrl).toMatch(/^http:\/\/0\.0\.0\.0:/);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await connectAdmin({ url, token }).status()).node).toBe(process.version);
});

test("a port that is taken stops the start with the cure, and leaves nothing behind", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  const folder = newFolder();

  const failing = start(folder, { adminPort: port });

  await expect(failing).rejects.toThrow(
    `the admin API: port ${port} is taken; stop what listens there or choose another port (--admin-port 0 takes a free one)`,
  );
  expect(existsSync(join(folder, "admin.json"))).toBe(false);
  // A token that nobody has seen is replaced.
  expect((await start(folder)).newAdminToken).toBeDefined();
});

test("without a port there is no admin API, and no token", async () => {
  const folder = newFolder();

  const { adminUrl, newAdminToken } = await startLocal({
    dataFolder: folder,
    port: 0,
    pipelinesFolder: PIPELINES,
    valuesFile: VALUES,
    logLevel: "silent",
  }).then(async ({ stop, ...wadi }) => {
    await stop();
    return wadi;
  });

  expect([adminUrl, newAdminToken]).toEqual([undefined, undefined]);
  expect(existsSync(join(folder, "admin-token"))).toBe(false);
});

test("received events and handled events of each step have their rates", async () => {
  const { url, send, settled } = await startRunning();
  for (let i = 0; i < 10; i++) await send("observation", `o${i}`, { x: i, y: i });
  await settled();

  const status = await connectAdmin({ url, token: TOKEN }).status();

  expect(status.received).toBe(10);
  expect(status.perSecond).toBeGreaterThan(0);
  expect(status.triggers.map(({ name, perSecond }) => [name, (perSecond ?? 0) > 0])).toEqual([
    ["validate", true],
    ["featurize", true],
    ["predict", true],
    ["learn", true],
  ]);
  expect(status.memoryBytes).toBeGreaterThan(10_000_000);
  expect(status.startedAt).toBeLessThanOrEqual(Date.now());
});
