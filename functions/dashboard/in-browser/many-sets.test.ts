// Ten thousand model sets, one for each value of a field.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { PIPELINES, startRunning } from "../../admin/fixtures/running.ts";
import { TEMPORARY } from "../../lib/temporary.contract.ts";
import { hasChromium } from "../../test-needs.contract.ts";
import { expectSound, openPage } from "./browser.contract.ts";

const SETS = 10_000;
const BATCH = 500;

/** The shipped line, with a field that has a model set for each of its values. */
function linePerPlace(): string {
  const folder = mkdtempSync(join(TEMPORARY, "wadi-many-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const line = readFileSync(join(PIPELINES, "line.yaml"), "utf8");
  const field = "        - { name: place, type: string }\n";
  const text = line
    .replace("        - { name: x, type: double }\n", `        - { name: x, type: double }\n${field}`)
    .replace("labelHorizon: 1h\n", "labelHorizon: 1h\nmodelPer: { field: place, most: 20000 }\n");
  writeFileSync(join(folder, "line.yaml"), text);
  cpSync(join(PIPELINES, "flights.yaml"), join(folder, "flights.yaml"));
  return folder;
}

describe.skipIf(!hasChromium)("with 10,000 model sets", { tags: ["chromium"] }, () => {
  test("they are sorted and paged, the view stays sound, and the rest of the page answers", {
    timeout: 300_000,
  }, async () => {
    const { url, wadi, settled } = await startRunning({ pipelinesFolder: linePerPlace() }, onTestFinished);
    for (let from = 0; from < SETS; from += BATCH) {
      const events = Array.from({ length: BATCH }, (_, i) => {
        const id = from + i;
        const data = { x: 1, place: `p${String(id).padStart(5, "0")}`, y: id === 777 ? 1000 : 2 };
        const attributes = { specversion: "1.0", type: "dev.wadi.observation", source: "/many", pipeline: "line" };
        return { ...attributes, id: String(id), data };
      });
      const headers = { "content-type": "application/cloudevents-batch+json" };
      const { status } = await fetch(wadi.url, { method: "POST", headers, body: JSON.stringify(events) });
      expect(status).toBe(202);
    }
    await settled();
    const { page, show, complaints } = await openPage(url);

    await show("sets");
    await page.waitForSelector("text=10,000 in all");
    await page.click("text=Next");
    await page.waitForSelector("text=page 2");
    await page.waitForSelector("a >> text=line/p00050");

    await show("sets?sort=worst");
    await page.waitForSelector("tbody tr:first-child >> text=line/p00777");
    await show("sets?prefix=line%2Fp0999");
    await page.waitForSelector("text=10 in all");
    await expectSound(page);
    await show("sets/line%2Fp00777");
    await page.waitForSelector("h1 >> text=line/p00777");
    await show("now");
    await page.waitForSelector("text=10,000 model sets");
    expect(complaints).toEqual([]);
  });
});
