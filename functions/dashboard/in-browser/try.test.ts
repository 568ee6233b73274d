// What a person tries in a real browser: a prediction, an event and its label, events that are made here, the tail of them.

import { readFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { startRunning } from "../../admin/fixtures/running.ts";
import { hasChromium } from "../../test-needs.contract.ts";
import { expectSound, openPage } from "./browser.contract.ts";

async function learned(examples = 60) {
  const running = await startRunning({}, onTestFinished);
  for (let i = 0; i < examples; i++) await running.send("observation", `o${i}`, { x: (i % 20) / 10, y: (i % 20) / 5 });
  await running.settled();
  return running;
}

describe.skipIf(!hasChromium)("a person", { tags: ["chromium"] }, () => {
  test("asks for a prediction and sees its interval and what adds up to it; nothing is recorded", async () => {
    const { url, wadi } = await learned();
    const { page, show, complaints } = await openPage(url);
    await show("try/line");

    await page.getByLabel("x", { exact: true }).fill("1");
    await page.click("button >> text=Predict");

    await page.waitForSelector("text=/linear says/");
    await page.waitForSelector("text=/holds the truth in 90.0 % of all cases/");
    await page.waitForSelector("text=/x = 1/");
    await page.waitForSelector("text=/Together .*, the prediction/");
    expect(wadi.broker.status().received).toBe(60);

    const [csv] = await Promise.all([
      page.waitForEvent("download"),
      page.click('[aria-label="CSV of line contributions"]'),
    ]);
    expect(readFileSync(await csv.path(), "utf8")).toMatch(/^what,feature,value,contribution\r\nx = 1,x,1,/);
    const [png] = await Promise.all([
      page.waitForEvent("download"),
      page.click('[aria-label="PNG of line contributions"]'),
    ]);
    expect(png.suggestedFilename()).toBe("line-contributions.png");
    expect(
      readFileSync(await png.path())
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");

    await page.click("text=Fill in an example");
    await page.waitForSelector("text=The example is the newest observation");
    expect(await page.getByLabel("x", { exact: true }).inputValue()).toBe("1.9");
    await expectSound(page);
    expect(complaints).toEqual([]);
  });

  test("sends an event, then its label, and follows it until it is learned", async () => {
    const { url } = await learned(5);
    const { page, show, complaints } = await openPage(url);
    await show("try/line");
    await page.getByLabel("x", { exact: true }).fill("1.5");
    await page.click("text=Send as an event");
    await page.waitForSelector("text=/waits for its label/");

    await page.getByLabel("y", { exact: true }).fill("3");
    await page.click("text=Send its label");

    await page.waitForSelector(".life >> text=learned");
    await page.waitForSelector("text=/the truth is 3/");
    expect(complaints.filter((one) => !one.includes("404"))).toEqual([]);
  });

  test("is told by field what is wrong, before anything is sent", async () => {
    const { url, wadi } = await learned(1);
    const { page, show } = await openPage(url);
    await show("try/line");
    await page.evaluate(() => document.querySelector("form")?.setAttribute("novalidate", ""));
    await page.getByLabel("x", { exact: true }).fill("");

    await page.click("text=Send as an event");

    await page.waitForSelector("[role=alert] >> text=/x/");
    expect(wadi.broker.status().received).toBe(1);
  });

  test("lets a line be made, turns its slope, sees the online model follow it, and stops it", async () => {
    const { url } = await learned(1);
    const { page, show, complaints } = await openPage(url);
    await show("generator");
    await page.getByLabel("Slope").fill("2");
    await page.getByLabel("Noise (standard deviation)").fill("0.1");
    await page.getByLabel("Rows a second").fill("400");
    await page.click("button.do >> text=Start");
    await page.waitForSelector("text=/online: (1\\.[5-9]|2\\.[0-5])/");
    await page.waitForSelector("text=/batch: (1\\.[5-9]|2\\.[0-5])/");

    await page.getByLabel("Slope").fill("-2");
    await page.click("button.do >> text=Apply");
    await page.waitForSelector("text=/online: -(1\\.[5-9]|2\\.[0-5])/");

    await page.click("text=Stop");
    await page.waitForSelector("dd >> text=stopped");
    expect(complaints).toEqual([]);
  });

  test("streams a file of theirs to a pipeline", async () => {
    const { url, wadi } = await learned(1);
    const { page, show } = await openPage(url);
    await show("generator");
    await page.getByLabel("What").selectOption("file");
    await page.getByLabel("Pipeline").selectOption("line");
    const buffer = Buffer.from(`x,y\n${Array.from({ length: 50 }, (_, i) => `${i},${2 * i}`).join("\n")}\n`);
    await page
      .getByLabel("File (CSV, NDJSON or JSON)")
      .setInputFiles({ name: "points.csv", mimeType: "text/csv", buffer });
    await page.getByLabel("Rows a second").fill("1000");

    await page.click("button.do >> text=Start");

    await page.waitForSelector("dd >> text=done");
    await expect.poll(() => wadi.store.models.learnedCount("line")).toBe(51);
  });

  test("holds the tail, sees nothing move, resumes it and has missed nothing", async () => {
    const { url, send, settled } = await learned(2);
    const { page, show } = await openPage(url);
    await show("events?type=observation");
    await page.waitForSelector(".tail >> text=o1");

    await page.click("text=Pause");
    for (let i = 0; i < 5; i++) await send("observation", `held${i}`, { x: 1, y: 2 });
    await settled();
    await page.waitForTimeout(2500);
    expect(await page.locator(".tail >> text=held").count()).toBe(0);

    await page.click("text=Resume");
    await page.waitForSelector(".tail >> text=held4");
    expect(await page.locator(".tail tbody tr").count()).toBe(7);
    await page.click(".tail >> text=held4");
    await page.waitForSelector("h1 >> text=held4");
    await page.waitForSelector(".life >> text=learned");
  });

  test("sees why an event was given up, in the tail and in its life", async () => {
    const { url, send, settled } = await learned(1);
    await send("observation", "wrong", { x: "seven" });
    await settled();
    const { page, show } = await openPage(url);

    await show("events?outcome=dead-letter");
    await page.click(".tail >> text=wrong");

    await page.waitForSelector("text=/given up by validate/");
    await page.waitForSelector("text=/x must be a finite number/");
  });
});
