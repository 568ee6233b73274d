// Every view in a real browser, in both themes, on a phone and on a desk: with nothing yet, with real data, with names that would
// be markup.

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newFolder, PIPELINES, type Running, startRunning } from "../../admin/fixtures/running.ts";
import { hasChromium } from "../../test-needs.contract.ts";
import { expectSound, LOOKS, openPage } from "./browser.contract.ts";

const EVIL = '<img src=x onerror="document.title=1">';
const VIEWS = ["now", "sets", "sets/line", "try/line", "generator", "events", "letters", "labels"];

const looks = LOOKS.map((one) => ({ ...one, title: `${one.width} px, ${one.scheme}` }));
/** Each width and each theme once. */
const fewLooks = looks.filter(({ width, scheme }) => (width === 360) === (scheme === "dark"));

async function started(isArchived: boolean): Promise<{ running: Running; end(): Promise<void> }> {
  const undo: (() => unknown)[] = [];
  // No archive can be in a folder that has something else.
  const folder = isArchived
    ? join(
        newFolder((one) => undo.unshift(one)),
        "archive",
      )
    : PIPELINES;
  const running = await startRunning({ archive: { place: { kind: "folder", folder }, everyMs: 3_600_000 } }, (one) =>
    undo.unshift(one),
  );
  return {
    running,
    async end() {
      for (const one of undo) await one();
    },
  };
}

describe.skipIf(!hasChromium)("with nothing yet", { tags: ["chromium"] }, () => {
  let shared: Awaited<ReturnType<typeof started>>;
  beforeAll(async () => {
    shared = await started(false);
  });
  afterAll(() => shared.end());

  test("an archive that cannot be written says why, at the top and beside what was learned", async () => {
    const { page, show } = await openPage(shared.running.url);

    await show("now");

    const why = `${PIPELINES} is no archive, and it is not empty`;
    await page.waitForSelector(`text=Nothing is archived: ${why}`);
    expect(await page.textContent("main")).toContain(`archive: cannot be written: ${why}`);
  });

  test.each(fewLooks)("every view says so, $title", async (one) => {
    const { page, complaints, show } = await openPage(shared.running.url, one);
    for (const view of VIEWS.filter((name) => name !== "sets/line")) {
      await show(view);
      await expectSound(page);
    }

    expect(complaints).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("with real data", { tags: ["chromium"] }, () => {
  let shared: Awaited<ReturnType<typeof started>>;
  beforeAll(async () => {
    shared = await started(true);
    const { send, settled } = shared.running;
    for (let i = 0; i < 60; i++) await send("observation", `o${i}`, { x: i / 10, y: i / 5 });
    for (let i = 0; i < 10; i++) await send("observation", `late${i}`, { x: i });
    for (let i = 0; i < 8; i++) await send("label", `l${i}`, { y: 2 * i }, { subject: `late${i}` });
    await send("observation", EVIL, { x: 1 });
    await send("observation", `${EVIL}-bad`, { x: EVIL });
    await settled();
  });
  afterAll(() => shared.end());

  test.each(looks)("every view is sound, $title", async (one) => {
    const { page, complaints, show } = await openPage(shared.running.url, one);
    for (const view of [...VIEWS, `events/line/${encodeURIComponent(EVIL)}`, "letters/1"]) {
      await show(view);
      await expectSound(page);
    }

    expect(complaints).toEqual([]);
  });

  test("what waits for the archive is told among what happens now", async () => {
    const { page, show } = await openPage(shared.running.url);

    await show("now");

    await page.waitForSelector("text=/archive: *lacks 80 events, the oldest for/");
  });

  test("a name that would be markup is text", async () => {
    const { page, show } = await openPage(shared.running.url);

    await show(`events/line/${encodeURIComponent(EVIL)}`);

    expect(await page.textContent("h1")).toBe(EVIL);
    expect(await page.locator("img[onerror]").count()).toBe(0);
    await show("letters/1");
    expect(await page.textContent("main")).toContain(EVIL);
    expect(await page.locator("img[onerror]").count()).toBe(0);
    expect(await page.title()).toContain("Wadi");
  });
});
