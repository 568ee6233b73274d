// Of classifiers: of what was said to be 70 % likely, did 70 % come true?

import type { ModelFigures, ModelSetDetail } from "../../../../admin/shapes/shapes.ts";
import { count, fixed, percent, plural } from "../../../../lib/figures.ts";
import { html, type Markup } from "../../html.ts";
import { Chart } from "../../parts/chart.ts";
import { Table } from "../../parts/table.ts";

export function Calibration({ detail: { models } }: { detail: ModelSetDetail }): Markup | null {
  const known = models.filter(({ calibration = [] }) => calibration.some(({ n }) => n > 0));
  if (known.length === 0) return null;
  const [serving, others] = [known.filter(({ serves }) => serves), known.filter(({ serves }) => !serves)];
  return html`<section class="card"><h2>Calibration</h2>
    <p class="quiet">On the line, what is said to be likely comes true as often as is said; below it, less often.</p>
    ${serving.map((model) => html`<${Bins} key=${model.name} model=${model} />`)}
    ${others.map((model) => html`<details key=${model.name}><summary>${model.name}${model.isBaseline ? " (baseline)" : ""}</summary><${BinTable} model=${model} /></details>`)}
  </section>`;
}

function binsOf({ calibration = [] }: ModelFigures) {
  return calibration.filter(({ n }) => n > 0);
}

/** The mean distance from the line, each bin by its predictions: the expected calibration error (Naeini et al. 2015). */
function offBy(model: ModelFigures): number {
  const bins = binsOf(model);
  const total = bins.reduce((sum, { n }) => sum + n, 0);
  return bins.reduce((sum, { n, predicted, observed }) => sum + n * Math.abs(predicted - observed), 0) / total;
}

function Bins({ model }: { model: ModelFigures }): Markup {
  const bins = binsOf(model);
  const x = [0, ...bins.map(({ predicted }) => predicted), 1];
  const share = (value: number | undefined) => (value === undefined ? "-" : percent(value, 1));
  const series = [
    { name: "came true", points: true, values: [null, ...bins.map(({ observed }) => observed), null] },
    { name: "as said", values: x, reference: true },
  ];
  const total = bins.reduce((sum, { n }) => sum + n, 0);
  const summary = html`<span>${model.name}, over ${plural(total, "prediction")}: off by ${fixed(offBy(model), 3)} on average
    (expected calibration error).</span>`;
  return html`<${Chart} title="calibration of ${model.name}" xTitle="said to be likely" x=${x} series=${series} range=${[0, 1]}
      summary=${summary} write=${share} writeX=${share} />
    <${BinTable} model=${model} />`;
}

function BinTable({ model }: { model: ModelFigures }): Markup {
  const columns = [{ title: "said" }, { title: "came true", right: true }, { title: "predictions", right: true }];
  const rows = binsOf(model).map(({ n, predicted, observed }) => ({
    key: predicted,
    cells: [percent(predicted, 1), percent(observed, 1), count(n)],
  }));
  return html`<p>Off by ${fixed(offBy(model), 3)} on average.</p><${Table} caption="Calibration of ${model.name}" columns=${columns} rows=${rows} />`;
}
