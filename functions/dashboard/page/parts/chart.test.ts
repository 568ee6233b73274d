// In a browser, for a canvas has no other.

import { render } from "preact";
import { expect, onTestFinished, test } from "vitest";
import { html } from "../html.ts";
import { Chart, type ChartProps } from "./chart.ts";
import { groupsOf } from "./marks.ts";

function shown(props: Partial<ChartProps>): HTMLElement {
  const place = document.createElement("div");
  document.body.append(place);
  onTestFinished(() => {
    render(null, place);
    place.remove();
  });
  const all: ChartProps = {
    title: "scores",
    xTitle: "version",
    x: [1, 2, 3],
    series: [{ name: "linear", values: [3, 2, 1], strong: true }],
    summary: "from 3 to 1",
    write: (value) => (value === undefined ? "-" : value.toFixed(1)),
    writeX: String,
    ...props,
  };
  render(html`<${Chart} ...${all} />`, place);
  return place;
}

const paint = async () => {
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
};

/** Pixels of each column that are not the ground. */
function inked(place: HTMLElement): readonly number[] {
  const canvas = place.querySelector("canvas") as HTMLCanvasElement;
  const { width, height } = canvas;
  const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, width, height);
  return Array.from({ length: width }, (_, x) => {
    let count = 0;
    for (let y = 0; y < height; y++) count += (data[4 * (y * width + x) + 3] ?? 0) > 0 ? 1 : 0;
    return count;
  });
}

test("a chart is mute, so its summary, its legend and a table say the same in text", async () => {
  const place = shown({});
  await paint();

  expect(place.querySelector("figcaption")?.textContent).toBe("from 3 to 1");
  expect(place.querySelector(".legend")?.textContent).toContain("linear 1.0");
  const cells = [...place.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent));
  expect(cells).toEqual([
    ["3", "1.0"],
    ["2", "2.0"],
    ["1", "3.0"],
  ]);
  expect(place.querySelector(".plot")?.getAttribute("aria-hidden")).toBe("true");
});

test("one high point among 100,000 is drawn: the least and the greatest of each pixel, never a sample", async () => {
  const n = 100_000;
  const x = Array.from({ length: n }, (_, i) => i);
  const values = new Array<number>(n).fill(0);
  values[54_321] = 100;
  const place = shown({ x, series: [{ name: "a", values }], range: [0, 110] });
  await paint();

  const columns = inked(place);
  const flat = [...columns].sort((a, b) => a - b)[Math.floor(columns.length / 2)] as number;
  expect(Math.max(...columns.slice(200))).toBeGreaterThan(flat + 100);
});

test("a model that comes later gets a line of its own, and one that goes leaves none", async () => {
  const place = shown({});
  await paint();
  render(
    html`<${Chart} title="scores" xTitle="version" x=${[1, 2]} series=${[
      { name: "linear", values: [1, 2] },
      { name: "tree", values: [null, 2] },
    ]} summary="two" write=${String} writeX=${String} />`,
    place,
  );
  await paint();

  expect([...place.querySelectorAll(".legend li")].map((one) => one.textContent?.trim())).toEqual([
    "linear 2",
    "tree 2",
  ]);
  expect(place.querySelectorAll("canvas").length).toBe(1);
});

test("marks that are too close to be told apart are one, which says how many and is as bad as the worst of them", () => {
  const kinds = ["plain", "good", "warn", "good", "plain"] as const;
  const placed = [10, 100, 104, 127, 128].map((at, i) => ({ at, kind: kinds[i] ?? "plain", number: i + 1 }));

  const groups = groupsOf(placed, 28);

  expect(groups).toEqual([
    { at: 10, kind: "plain", text: "1" },
    { at: 100, kind: "warn", text: "2–4 (3)" },
    { at: 128, kind: "plain", text: "5" },
  ]);
});
