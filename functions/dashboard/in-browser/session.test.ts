// Who may look, and what is said while nobody answers.

import { describe, expect, test } from "vitest";
import { newFolder, startRunning, TOKEN } from "../../admin/fixtures/running.ts";
import { hasChromium } from "../../test-needs.contract.ts";
import { expectSound, openPage } from "./browser.contract.ts";

describe.skipIf(!hasChromium)("the page", { tags: ["chromium"] }, () => {
  test("the link logs in once: the token leaves the address, and is kept for this tab alone", async () => {
    const { url } = await startRunning();
    const { page, complaints } = await openPage(url);

    expect(page.url()).toBe(`${url}/#/`);
    expect(await page.evaluate(() => [sessionStorage.length, localStorage.length, document.cookie])).toEqual([
      1,
      0,
      "",
    ]);
    await page.reload();
    await page.waitForSelector("nav");
    const other = await page.context().newPage();
    await other.goto(url);
    await other.waitForSelector("#token");
    expect(complaints).toEqual([]);
  });

  test("without the token, with a wrong one, after a log out: it asks for the token and tells nothing", async () => {
    const { url } = await startRunning();
    const { page } = await openPage(url, undefined, "");

    const broken = await page.context().newPage();
    await broken.goto(`${url}/#token=%E0%A4%A`);
    await broken.waitForSelector("#token");

    await page.fill("#token", "wrong-token-for-sure");
    await page.click("button.do");
    await page.waitForSelector("[role=alert] >> text=That is not the token of this Wadi");
    await page.waitForSelector("text=/new data has a new token/");
    await expectSound(page);
    expect(await page.textContent("main")).not.toContain("events received");

    await page.fill("#token", TOKEN);
    await page.click("button.do");
    await page.waitForSelector("nav");
    await page.click("text=Log out");
    await page.waitForSelector("#token");
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  test("a connection that is lost is told with its age, in the tab, too; once it is back the page has caught up", async () => {
    const dataFolder = newFolder();
    const first = await startRunning({ dataFolder });
    const { page } = await openPage(first.url);
    await page.waitForSelector("text=live");
    await first.stop();

    await page.waitForSelector("text=/as of \\d+ s ago/");
    await page.waitForFunction(() => document.title.includes("no connection"));
    const icon = await page.getAttribute('link[rel="icon"]', "href");
    expect(icon).toContain("icon-away");

    const again = await startRunning({ dataFolder, adminPort: Number(new URL(first.url).port) });
    for (let i = 0; i < 7; i++) await again.send("observation", `o${i}`, { x: i, y: i });
    await again.settled();
    await page.waitForSelector("text=live");
    await page.waitForSelector('.figures >> text="7"');
    await page.waitForFunction(() => document.title === "Wadi");
  });

  test("while nobody answers a deed says what became of it, a view that it is not loaded; both go on once Wadi is back", async () => {
    const dataFolder = newFolder();
    const first = await startRunning({ dataFolder });
    const { page, show } = await openPage(first.url);
    await show("try/line");
    await page.getByLabel("x", { exact: true }).fill("1.5");
    await first.stop();
    await page.waitForSelector("text=connecting again");

    await page.click("button >> text=Predict");
    await page.waitForSelector("[role=alert] >> text=/Wadi does not answer/");
    await page.click("text=Send as an event");
    await page.waitForSelector("[role=alert] >> text=/may or may not have arrived.* the same event is learned once/");
    for (const view of ["events", "letters", "labels", "sets/line", "generator"]) {
      await show(view);
      await page.waitForSelector("[role=alert] >> text=/cannot be loaded now, and is asked for again by itself/");
    }

    await startRunning({ dataFolder, adminPort: Number(new URL(first.url).port) });
    await page.waitForSelector("h2 >> text=Start one");
    expect(await page.locator("main [role=alert]").count()).toBe(0);
  });

  test("an event that was not answered and is sent again is the same event", async () => {
    const { url, wadi, settled } = await startRunning();
    const { page, show } = await openPage(url);
    await show("try/line");
    await page.getByLabel("x", { exact: true }).fill("1.5");
    await page.route("**/api/v1/events", async (route) => {
      await route.fetch();
      await route.abort();
    });
    await page.click("text=Send as an event");
    await page.waitForSelector("[role=alert] >> text=/may or may not have arrived/");
    await page.unroute("**/api/v1/events");

    await page.click("text=Send as an event");
    await page.waitForSelector("text=/waits for its label/");
    await page.getByLabel("y", { exact: true }).fill("3");
    await page.click("text=Send its label");
    await page.waitForSelector(".life >> text=learned");

    await settled();
    expect(await wadi.store.models.learnedCount("line")).toBe(1);
    expect(await page.locator("text=on its way").count()).toBe(0);
  });

  test("with keys alone: the first stop leads to the content, and every control of the head can be reached", async () => {
    const { url } = await startRunning();
    const { page } = await openPage(url);
    await page.waitForSelector("text=live");

    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("To the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");

    const links: string[] = [];
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press("Tab");
      links.push(String(await page.evaluate(() => document.activeElement?.textContent?.trim())));
    }
    expect(links).toEqual(expect.arrayContaining(["Now", "Models", "Dead letters", "Log out"]));
  });

  test("who may look and not do sees all, and no button that does anything", async () => {
    const viewToken = "token-that-may-look";
    const { url, send, settled } = await startRunning({ viewToken });
    for (let i = 0; i < 20; i++) await send("observation", `o${i}`, { x: i / 10, y: i / 5 });
    await send("observation", "bad", { x: "seven" });
    await settled();
    const { page, show, complaints } = await openPage(url, undefined, viewToken);
    await page.waitForSelector("text=read-only");

    const deeds = ["Pin", "Clear …", "Roll back …", "Send as an event", "Start", "Redrive (send again)", "Drop"];
    for (const view of ["sets/line", "try/line", "generator", "letters"]) {
      await show(view);
      await page.waitForTimeout(500);
      const buttons = await page.locator("main button").allTextContents();
      expect([view, buttons.filter((text) => deeds.includes(text.trim()))]).toEqual([view, []]);
    }
    await show("try/line");
    await page.getByLabel("x", { exact: true }).fill("1");
    await page.click("button >> text=Predict");
    await page.waitForSelector("text=/linear says/");
    expect(complaints).toEqual([]);
  });
});
