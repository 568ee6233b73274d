// Lines over time, drawn by uPlot: each pixel has the least and the greatest value that fall on it, nothing is left out. The one
// place that knows the library. A canvas is mute, so its words and its numbers stand beside it.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type Children, html, type Markup } from "../html.ts";
import { drawMarks, type Mark } from "./marks.ts";
import { saveCsv, savePng } from "./save.ts";
import { Table } from "./table.ts";
import { colour, theme } from "./theme.ts";

export interface Series {
  readonly name: string;
  /** One for each x; null where there is none. */
  readonly values: readonly (number | null)[];
  /** Drawn thicker. */
  readonly strong?: boolean;
  /** Points without a line. */
  readonly points?: boolean;
  /** To compare with: it has no value of its own. */
  readonly reference?: boolean;
}

export interface ChartProps {
  /** Also the name of its files. */
  readonly title: string;
  readonly xTitle: string;
  readonly x: readonly number[];
  /** x are times, epoch milliseconds. */
  readonly isTime?: boolean;
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
  /** The numbers in words. */
  readonly summary: Children;
  /** How a number of a series is written. */
  readonly write: (value: number | undefined) => string;
  readonly writeX: (value: number) => string;
  /** Fixed ends of the y axis. */
  readonly range?: readonly [number, number];
}

const HEIGHT = 300;
/** The newest ones; the CSV has all. */
const TABLE_ROWS = 50;
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5]];

export function Chart(props: ChartProps): Markup {
  const { title, xTitle, x, series, marks = [], summary, write, writeX } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const drawn = useRef<readonly Mark[]>(marks);
  drawn.current = marks;
  const form = JSON.stringify([series.map(({ name, strong, points }) => [name, strong, points]), xTitle, theme.value]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(
      optionsOf(props, element, () => drawn.current),
      dataOf(props),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [form]);
  useEffect(() => {
    const made = plot.current;
    // Who has zoomed in stays there.
    made?.setData(dataOf(props), !isZoomed(made));
  }, [x, series, marks]);

  const file = () => saveCsv(title, [xTitle, ...series.map(({ name }) => name)], rowsOf(props));
  const image = () => box.current?.querySelector("canvas");
  const newest = rowsOf(props).slice(-TABLE_ROWS).reverse();
  return html`<figure class="chart">
    <figcaption>${summary}</figcaption>
    <${Legend} series=${series} write=${write} />
    <div ref=${box} class="plot" aria-hidden="true"></div>
    <div class="under">
      <button type="button" class="plain" onClick=${file}>CSV</button>
      <button type="button" class="plain" onClick=${() => {
        const canvas = image();
        if (canvas) savePng(title, canvas);
      }}>PNG</button>
      <details><summary>as a table</summary>
        <${Table} caption=${`${title}, the newest first`}
          columns=${[{ title: xTitle }, ...series.map(({ name }) => ({ title: name, right: true }))]}
          rows=${newest.map(([at, ...values], i) => ({
            key: i,
            cells: [writeX(at as number), ...values.map((value) => write(value ?? undefined))],
          }))} />
      </details>
    </div>
  </figure>`;
}

function Legend({ series, write }: Pick<ChartProps, "series" | "write">): Markup {
  return html`<ul class="legend">${series.map(({ name, values, strong, points, reference }, i) => {
    const last = values.findLast((value) => value !== null);
    return html`<li class="${strong ? "strong" : ""}">
      <svg viewBox="0 0 28 8" aria-hidden="true">
        <line x1="0" y1="4" x2="28" y2="4" class="stroke-${i % 6}" stroke-width=${strong ? 4 : 2}
          stroke-dasharray=${points ? "2 5" : (DASHES[i % DASHES.length] ?? []).join(" ")} />
      </svg>
      ${name} <b>${points || reference ? "" : write(last ?? undefined)}</b>
    </li>`;
  })}</ul>`;
}

function rowsOf({ x, series }: ChartProps): readonly (readonly (number | null)[])[] {
  return x.map((at, i) => [at, ...series.map(({ values }) => values[i] ?? null)]);
}

function dataOf({ x, series, isTime }: ChartProps): uPlot.AlignedData {
  const times = isTime ? x.map((ms) => ms / 1000) : x;
  return [times as number[], ...series.map(({ values }) => values as (number | null)[])];
}

function isZoomed({ data: [x], scales: { x: scale } }: uPlot): boolean {
  const [first, last] = [x[0], x.at(-1)];
  if (first === undefined || last === undefined || scale === undefined) return false;
  return (scale.min ?? first) > first || (scale.max ?? last) < last;
}

function optionsOf(props: ChartProps, element: HTMLElement, marks: () => readonly Mark[]): uPlot.Options {
  const { series, isTime = false, xTitle, write, writeX, range } = props;
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: true, y: false }, points: { size: 7 } },
    scales: { x: { time: isTime }, ...(range && { y: { range: [range[0], range[1]] } }) },
    axes: [
      {
        ...axis,
        label: xTitle,
        labelSize: 18,
        size: 34,
        ...(!isTime && { values: (_, splits) => splits.map(writeX) }),
      },
      { ...axis, size: 64, values: (_, splits) => splits.map((value) => write(value)) },
    ],
    series: [
      {},
      ...series.map(({ name, strong, points }, i) => ({
        label: name,
        stroke: colour(`--series-${i % 6}`),
        width: points ? 0 : strong ? 3 : 1.5,
        dash: DASHES[i % DASHES.length] as number[],
        spanGaps: true,
        ...(points && { paths: () => null }),
        points: { show: points === true, size: 6, fill: colour(`--series-${i % 6}`) },
      })),
    ],
    hooks: { draw: [(plot) => drawOn(plot, marks(), isTime)] },
  };
}

/** The list below the chart says what each was. */
function drawOn(plot: uPlot, marks: readonly Mark[], isTime: boolean): void {
  drawMarks(marks, {
    context: plot.ctx,
    area: plot.bbox,
    ratio: devicePixelRatio,
    place: (x) => plot.valToPos(isTime ? x / 1000 : x, "x", true),
    colourOf: (kind) => colour(kind === "plain" ? "--quiet" : `--${kind}`),
  });
}
