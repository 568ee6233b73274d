// A model set in a real browser: it moves by itself, and what is done with it can be taken back.

import { readFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { startRunning } from "../../admin/fixtures/running.ts";
import { hasChromium } from "../../test-needs.contract.ts";
import { openPage } from "./browser.contract.ts";

async function learned(examples: number, options: Parameters<typeof startRunning>[0] = {}) {
  const running = await startRunning(options, onTestFinished);
  for (let i = 0; i < examples; i++) await running.send("observation", `o${i}`, { x: (i % 20) / 10, y: (i % 20) / 5 });
  await running.settled();
  return running;
}

describe.skipIf(!hasChromium)("a model set", { tags: ["chromium"] }, () => {
  test("each model's score is drawn and told in words, and moves without a reload", async () => {
    const { url, send, settled } = await learned(40);
    const { page, show, complaints } = await openPage(url);
    await show("sets/line");
    await page.waitForSelector(".plot canvas");
    const before = await page.textContent(".chart figcaption");

    for (let i = 0; i < 10; i++) await send("observation", `more${i}`, { x: 1, y: 100 });
    await settled();

    await page.waitForFunction((text) => document.querySelector(".chart figcaption")?.textContent !== text, before);
    await page.waitForSelector("dd >> text=50");
    expect(complaints).toEqual([]);
  });

  test("the metric is part of the address, and the CSV has every commit of every model", async () => {
    const { url, wadi } = await learned(30);
    const { page, show } = await openPage(url);
    await show("sets/line?metric=rmse");
    await page.waitForSelector("text=/RMSE of linear/");
    await page.waitForSelector("text=/the serving model errs by .* where large errors count more .RMSE./i");
    const { version } = await wadi.store.models.head("line");

    const [download] = await Promise.all([page.waitForEvent("download"), page.click(".under >> text=CSV")]);

    const lines = readFileSync(await download.path(), "utf8")
      .trim()
      .split("\r\n");
    expect(lines[0]).toBe("version,linear (serves),mean (baseline)");
    expect(lines.length).toBe(1 + version);
    const [png] = await Promise.all([page.waitForEvent("download"), page.click(".under >> text=PNG")]);
    expect(
      readFileSync(await png.path())
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
  });

  test("a pin is said, marked, and taken back by its undo", async () => {
    const { url, wadi } = await learned(10);
    const { page, show } = await openPage(url);
    await show("sets/line");
    const champion = async () => JSON.parse((await wadi.store.models.load("line")).state).pinned;

    await page.click('button[aria-label="Pin mean"]');
    await page.waitForSelector("text=mean serves line");
    await page.waitForSelector("text=serves, pinned");
    expect(await champion()).toBe("mean");

    await page.click(".word >> text=Undo");
    await page.waitForSelector("text=The pin of line is released");
    expect(await champion()).toBeUndefined();
  });

  test("a rollback asks first, says what it forgets, and is taken back by its undo", async () => {
    const { url, wadi } = await learned(30, { snapshots: { every: 1, keep: 20 } });
    const { page, show } = await openPage(url);
    await show("sets/line");
    const count = async () => JSON.parse((await wadi.store.models.load("line")).state).count;
    const roll = page.locator("button", { hasText: "Roll back …" });

    await roll.last().click();
    await page.waitForSelector("dialog >> text=/would be forgotten.*not learned again by itself/");
    await page.keyboard.press("Escape");
    expect(await count()).toBe(30);

    await roll.last().click();
    await page.click("dialog >> button >> text=Roll back");
    await page.waitForSelector(".word >> text=has the state of version");
    expect(await count()).toBeLessThan(30);

    await page.click(".word >> text=Undo");
    await expect.poll(count).toBe(30);
    await page.waitForSelector("text=/rollback to version \\d+: from 30 to/");
  });

  test("an undo goes with what it takes back: after another rollback, here or elsewhere, and the API refuses it", async () => {
    const { url, ask, wadi } = await learned(30, { snapshots: { every: 1, keep: 20 } });
    const { page, show } = await openPage(url);
    await show("sets/line");
    const { version } = await wadi.store.models.head("line");
    const roll = async (to: number) => {
      await page.click(`button[aria-label="Roll back to version ${to} …"]`);
      await page.click("dialog >> button >> text=Roll back");
      await page.waitForSelector(`.word >> text=has the state of version ${to},`);
    };

    await roll(version - 3);
    await page.waitForSelector("h3 >> text=linear (serves)");
    await page.click(`button[aria-label="Roll back to version ${version} …"]`);
    await page.waitForSelector("dialog >> text=/\\d+ examples? would come back/");
    await page.keyboard.press("Escape");
    await page.waitForSelector("td >> text=in force");
    await roll(version - 5);
    expect(await page.locator(".word", { hasText: "Undo" }).count()).toBe(1);

    const made = await wadi.store.models.head("line");
    const replaces = { generation: made.generation, version: made.version - 1 };
    const body = JSON.stringify({ to: version, replaces });
    const headers = { "content-type": "application/json" };
    const path = "/api/v1/models/line/rollback";
    const refused = await ask(path, { method: "POST", headers, body });
    expect([refused.status, (await refused.json()).detail]).toEqual([422, expect.stringMatching(/since version/)]);
    const elsewhere = await ask(path, { method: "POST", headers, body: JSON.stringify({ to: version }) });
    expect(elsewhere.status).toBe(200);
    await show("now");
    await show("sets/line");
    await page.waitForFunction(() => !document.querySelector(".words")?.textContent?.includes("Undo"));
  });

  test("a clearing asks first, begins anew from zero, and is taken back by its undo", async () => {
    const { url, wadi, send, settled } = await learned(20);
    const { page, show } = await openPage(url);
    await show("sets/line");
    const count = async () => JSON.parse((await wadi.store.models.load("line")).state || '{"count":0}').count;

    await page.click("text=Clear …");
    await page.click("dialog >> button >> text=Clear");
    await page.waitForSelector(".word >> text=line begins anew");
    await send("observation", "fresh", { x: 1, y: 2 });
    await settled();
    expect(await count()).toBe(1);

    await page.click(".word >> text=Undo");
    await expect.poll(count).toBe(20);
  });

  test("weights are shown as the model has them, and how they moved through the snapshots", async () => {
    const { url } = await learned(30, { snapshots: { every: 1, keep: 5 } });
    const { page, show } = await openPage(url);
    await show("sets/line");

    await page.waitForSelector("h3 >> text=linear (serves)");
    await page.waitForSelector("text=/over \\d+ snapshots/");
    expect(await page.locator("td .sparkline path").count()).toBeGreaterThan(0);
  });
});
