// A real browser, Debian's Chromium, for tests of the page. It is started once for a file, and ends with it.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { TOKEN } from "../../admin/fixtures/running.ts";
import { atEndOfFile } from "../../lib/end-of-file.contract.ts";
import { CHROMIUM } from "../../test-needs.contract.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let opened: Promise<Browser> | undefined;

function browser(): Promise<Browser> {
  if (opened === undefined) {
    opened = chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    atEndOfFile(async () => {
      const ending = opened;
      opened = undefined;
      await (await ending)?.close();
    });
  }
  return opened;
}

export interface Looks {
  readonly width: number;
  readonly scheme: "light" | "dark";
}

/** The least and the usual, in both themes. */
export const LOOKS: readonly Looks[] = [
  { width: 360, scheme: "light" },
  { width: 360, scheme: "dark" },
  { width: 1440, scheme: "light" },
  { width: 1440, scheme: "dark" },
];

export interface Opened {
  readonly page: Page;
  /** What the page said of errors, and requests that failed or left the origin. */
  readonly complaints: string[];
  /** `now`, `sets/flights`. */
  show(view: string): Promise<void>;
}

/** A tab on the page, logged in by the link, unless `token` is "". */
export async function openPage(url: string, looks: Looks = LOOKS[2] as Looks, token = TOKEN): Promise<Opened> {
  const { width, scheme } = looks;
  const context = await (await browser()).newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  page.on("request", (request) => {
    const to = request.url();
    if (!to.startsWith(`${url}/`) && !to.startsWith("blob:")) complaints.push(`asked ${to}`);
  });
  await page.goto(token === "" ? `${url}/` : `${url}/#token=${encodeURIComponent(token)}`);
  await page.waitForSelector("h1");
  return {
    page,
    complaints,
    async show(view) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#/${view}`);
      await page.waitForFunction(() => document.querySelector("main .waits") === null);
    },
  };
}

/** Nothing that axe finds at fault (WCAG 2.2 A and AA, and its best practices), nothing wider than the window. */
export async function expectSound(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof import("axe-core") }).axe.run();
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`,
    );
  });
  expect(found).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}
