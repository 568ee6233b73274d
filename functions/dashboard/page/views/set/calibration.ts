// Of classifiers: of what was said to be 70 % likely, did 70 % come true?

import type { ModelFigures, ModelSetDetail } from "../../../../admin/shapes/shapes.ts";
import { count, fixed, percent } from "../../../../lib/figures.ts";
import { html, type Markup } from "../../html.ts";
import { Table } from "../../parts/table.ts";

const SIDE = 200;

export function Calibration({ detail: { models } }: { detail: ModelSetDetail }): Markup | null {
  const shown = models.filter(({ calibration = [] }) => calibration.some(({ n }) => n > 0));
  if (shown.length === 0) return null;
  return html`<section class="card"><h2>Calibration</h2>
    <p class="quiet">On the line, what is said to be likely comes true as often as is said; below it, less often.</p>
    ${shown.filter(({ serves }) => serves).map((model) => html`<${Bins} key=${model.name} model=${model} />`)}
    ${shown.filter(({ serves }) => !serves).map((model) => html`<details key=${model.name}><summary>${model.name}</summary><${Bins} model=${model} /></details>`)}
  </section>`;
}

function Bins({ model: { name, calibration = [] } }: { model: ModelFigures }): Markup {
  const bins = calibration.filter(({ n }) => n > 0);
  const most = Math.max(...bins.map(({ n }) => n));
  const total = bins.reduce((sum, { n }) => sum + n, 0);
  const off = bins.reduce((sum, { n, predicted, observed }) => sum + n * Math.abs(predicted - observed), 0) / total;
  const rows = bins.map(({ n, predicted, observed }) => ({
    key: predicted,
    cells: [percent(predicted, 1), percent(observed, 1), count(n)],
  }));
  const columns = [{ title: "said" }, { title: "came true", right: true }, { title: "predictions", right: true }];
  return html`<h3>${name}</h3>
    <svg class="calibration" viewBox="-8 -8 ${SIDE + 16} ${SIDE + 16}" role="img" aria-label="Calibration of ${name}: off by ${fixed(off, 3)} on average; the table has the numbers">
      <rect width=${SIDE} height=${SIDE} class="frame" /><line x1="0" y1=${SIDE} x2=${SIDE} y2="0" class="diagonal" />
      ${bins.map(({ n, predicted, observed }) => html`<circle cx=${predicted * SIDE} cy=${(1 - observed) * SIDE} r=${3 + 5 * Math.sqrt(n / most)} class="point" />`)}
    </svg>
    <p>Off by ${fixed(off, 3)} on average (expected calibration error).</p>
    <details><summary>as a table</summary><${Table} caption="Calibration of ${name}" columns=${columns} rows=${rows} /></details>`;
}
