// The newest points of the generated line, the line of the online model over them, and the batch fit beside it.

import type { Generator } from "../../../admin/shapes/generator.ts";
import { count } from "../../../lib/figures.ts";
import { metricValue } from "../../../lib/learners/metrics/title.ts";
import { html, type Markup } from "../html.ts";
import { Chart } from "../parts/chart.ts";

interface Fit {
  readonly intercept: number;
  readonly slope: number;
}

export function LinePlot({ state }: { state: Generator }): Markup {
  const points = [...(state.points ?? [])].sort((a, b) => a.x - b.x);
  const { online, batch } = state.fits ?? {};
  const along = (fit: Fit) => points.map(({ x }) => fit.intercept + fit.slope * x);
  const series = [
    { name: "points", points: true, values: points.map(({ y }) => y) },
    ...(online === undefined
      ? []
      : [{ name: `online: ${fitText(online)}`, strong: true, reference: true, values: along(online) }]),
    ...(batch === undefined ? [] : [{ name: `batch: ${fitText(batch)}`, reference: true, values: along(batch) }]),
  ];
  const truth = state.line === undefined ? "" : ` The slope is ${metricValue(state.line.beta)} now.`;
  const summary = html`<span>The last ${count(points.length)} points.${truth}
    ${online && ` The model that learns one by one says ${fitText(online)}`}${batch && `; least squares over these points, ${fitText(batch)}`}.</span>`;
  return html`<${Chart} title="line" xTitle="x" x=${points.map(({ x }) => x)} series=${series} summary=${summary}
    write=${metricValue} writeX=${metricValue} />`;
}

function fitText({ intercept, slope }: Fit): string {
  return `${metricValue(slope)} x ${intercept < 0 ? "−" : "+"} ${metricValue(Math.abs(intercept))}`;
}
