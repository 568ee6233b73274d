// Every view by keyboard alone: the Tab key comes to each control, which is then to be seen, with a mark that it has the focus.

import { describe, expect, onTestFinished, test } from "vitest";
import { startRunning } from "../../admin/fixtures/running.ts";
import { hasChromium } from "../../test-needs.contract.ts";
import { LOOKS, type Opened, openPage } from "./browser.contract.ts";

const VIEWS = [
  "now",
  "sets",
  "sets/line",
  "try/line",
  "generator",
  "events",
  "events/line/o1",
  "letters",
  "letters/1",
  "labels",
];

/** Gives the focus to where the walk begins, numbers all that can be used from there on, and says how many there are. */
async function prepare(page: Opened["page"], from: string): Promise<number> {
  return page.evaluate((start) => {
    for (const one of document.querySelectorAll("[data-stop]")) one.removeAttribute("data-stop");
    const first = document.querySelector<HTMLElement>(start);
    const all = document.querySelectorAll<HTMLElement>(
      "a[href], button, input, select, textarea, summary, [tabindex='0']",
    );
    const shown = [...all].filter((one) => one.checkVisibility() && !one.matches(":disabled"));
    const wanted = shown.filter((one) => (first?.compareDocumentPosition(one) ?? 0) & Node.DOCUMENT_POSITION_FOLLOWING);
    for (const [i, one] of wanted.entries()) one.dataset["stop"] = String(i);
    first?.focus();
    return wanted.length;
  }, from);
}

interface Stop {
  /** Undefined: it is no control that was there at first. */
  readonly stop: string | undefined;
  readonly what: string;
  readonly fault: string;
}

/** What has the focus now, and what is wrong with how it looks. */
async function look(page: Opened["page"]): Promise<Stop> {
  return page.evaluate(() => {
    const one = document.activeElement as HTMLElement;
    const { left, top, right, bottom, width, height } = one.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    const isInside = right > 0 && bottom > 0 && left < innerWidth && top < innerHeight && width > 0 && height > 0;
    const x = Math.min(Math.max((left + right) / 2, 1), innerWidth - 1);
    const y = Math.min(Math.max(top + Math.min(height / 2, 10), 1), innerHeight - 1);
    const above = document.elementFromPoint(x, y);
    const isCovered = above === null || !(one.contains(above) || above.contains(one));
    const fault = [
      !isInside && "is not in the window",
      isInside && isCovered && `is covered by ${above?.outerHTML.slice(0, 60)}`,
      (outlineStyle === "none" || Number.parseFloat(outlineWidth) < 2) && "has no mark of the focus",
    ];
    return { stop: one.dataset["stop"], what: one.outerHTML.slice(0, 120), fault: fault.filter(Boolean).join(", ") };
  });
}

/** Presses Tab until it has come around. */
async function walk(page: Opened["page"], controls: number): Promise<readonly Stop[]> {
  const stops: Stop[] = [];
  // A time has several parts to stop at.
  for (let i = 0; i < 3 * controls + 20; i++) {
    await page.keyboard.press("Tab");
    const stop = await look(page);
    if (stop.what.startsWith("<body") || stop.what.includes('class="skip"')) break;
    stops.push(stop);
  }
  return stops;
}

describe.skipIf(!hasChromium)("by keyboard alone", { tags: ["chromium"] }, () => {
  test("Tab comes to every control of every view, and shows it, on a narrow screen", async () => {
    const { url, send, settled } = await startRunning({}, onTestFinished);
    for (let i = 0; i < 4; i++) await send("observation", `o${i}`, { x: i, y: 2 * i });
    await send("observation", "bad", { x: "seven" });
    await settled();
    const { page, show } = await openPage(url, LOOKS[0]);
    await page.waitForSelector("text=live");

    const faults: string[] = [];
    for (const view of VIEWS) {
      await show(view);
      // The head of the page is the same in all of them.
      const controls = await prepare(page, view === VIEWS[0] ? ".skip" : "#main");
      const stops = await walk(page, controls);
      const reached = new Set(stops.map(({ stop }) => stop));
      for (let i = 0; i < controls; i++) {
        if (reached.has(String(i))) continue;
        const missed = page.locator(`[data-stop="${i}"]`);
        // What is drawn anew, or is hidden by now, was another one.
        if ((await missed.count()) > 0)
          faults.push(`${view}: not reached ${await missed.evaluate((one) => one.outerHTML.slice(0, 120))}`);
      }
      for (const { what, fault } of stops) if (fault !== "") faults.push(`${view}: ${what} ${fault}`);
    }

    expect([...new Set(faults)]).toEqual([]);
  });

  test("what was done can be taken back: the focus comes to the undo, and goes back", async () => {
    const { url, send, settled } = await startRunning({}, onTestFinished);
    await send("observation", "o", { x: 1, y: 2 });
    await settled();
    const { page, show } = await openPage(url);
    await show("sets/line");
    const pin = page.locator('button[aria-label="Pin mean"]');

    await pin.focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.textContent === "Undo");
    await page.keyboard.press("Enter");

    await page.waitForSelector("text=The pin of line is released");
    expect(await pin.evaluate((one) => one === document.activeElement)).toBe(true);
  });
});
