// Dead letters in a real browser: by what went wrong, sent again, dropped, taken back.

import { describe, expect, onTestFinished, test } from "vitest";
import { startRunning } from "../../admin/fixtures/running.ts";
import { hasChromium } from "../../test-needs.contract.ts";
import { expectSound, openPage } from "./browser.contract.ts";

async function given(up: number) {
  const running = await startRunning({}, onTestFinished);
  for (let i = 0; i < up; i++) await running.send("observation", `bad${i}`, { x: "seven" });
  await running.send("observation", "stranger", { x: 1 }, { pipeline: "nowhere" });
  await running.settled();
  return running;
}

describe.skipIf(!hasChromium)("dead letters", { tags: ["chromium"] }, () => {
  test("are told by reason and field, and the tab and its title say that there are some", async () => {
    const { url } = await given(3);
    const { page, show } = await openPage(url);
    await show("letters");

    await page.waitForSelector("h2 >> text=/schema: .*x/");
    await page.waitForSelector("text=3 events given up by validate");
    await page.waitForSelector("h2 >> text=unknown-pipeline");
    await page.waitForFunction(() => document.title.startsWith("4 dead"));
    expect(await page.textContent(".badge")).toBe("4");

    await page.click("text=Show them >> nth=0");
    await page.click('a[href="#/letters/1"]');
    await page.waitForSelector("pre:has-text('seven')");
  });

  test("are sent again with progress, and those that come back are told", async () => {
    const { url, wadi } = await given(2);
    const { page, show } = await openPage(url);
    await show("letters");

    await page.click("article:has-text('schema') >> text=Send again");

    await page.waitForSelector("text=/2 of 2 sent again/");
    await page.waitForSelector("text=2 events came back");
    expect(wadi.broker.status().deadLetters).toBe(3);
  });

  test("are corrected one by one: a new event of the same subject is taken, the letter goes, and its label follows", async () => {
    const { url, wadi, settled } = await given(1);
    const { page, show, complaints } = await openPage(url);
    await show("letters/1");
    const data = page.getByLabel("Data of the observation, as JSON");

    await data.fill('{"x": "eight"}');
    await page.click("text=Send as a new event");
    await page.waitForSelector("[role=alert] >> text=/x must be a finite number/");
    expect(wadi.broker.status().deadLetters).toBe(2);

    await data.fill('{"x": 8}');
    await page.click("text=Send as a new event");
    await page.waitForSelector("text=/taken as event corrected-.* The dead letter is dropped/");
    await expectSound(page);
    await settled();
    expect(wadi.broker.status().deadLetters).toBe(1);
    await page.click("[role=status] >> text=bad0");
    await page.getByLabel("y", { exact: true }).fill("16");
    await page.click("text=Send its label");
    await page.waitForSelector(".life >> text=learned");
    expect(complaints.filter((one) => !one.includes("404") && !one.includes("422"))).toEqual([]);
  });

  test("are sent again alone as they are, and that one came back is told", async () => {
    const { url, wadi } = await given(1);
    const { page, show } = await openPage(url);
    await show("letters/1");

    await page.click("text=Send again as it is");

    await page.waitForSelector("text=/came back as dead letter 3/");
    expect(wadi.broker.status().deadLetters).toBe(2);
  });

  test("are dropped only after ten seconds in which it can be taken back", async () => {
    const { url, wadi } = await given(2);
    const { page, show } = await openPage(url);
    await page.clock.install();
    await show("letters");
    await page.clock.runFor(1000);

    await page.click("article:has-text('unknown-pipeline') >> text=Drop");
    await page.click(".word >> text=Undo");
    await page.clock.runFor(15_000);
    await page.waitForSelector("article:has-text('unknown-pipeline')");
    expect(wadi.broker.status().deadLetters).toBe(3);

    await page.click("article:has-text('schema') >> text=Drop");
    await page.clock.runFor(9000);
    expect(wadi.broker.status().deadLetters).toBe(3);
    await page.clock.runFor(2000);
    await expect.poll(() => wadi.broker.status().deadLetters).toBe(1);
  });
});
