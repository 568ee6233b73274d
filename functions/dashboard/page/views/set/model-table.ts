// The models of a set: their scores side by side, how often the truth was in their intervals, who serves, and a pin.

import type { ModelFigures, ModelSetDetail } from "../../../../admin/shapes/shapes.ts";
import { count, percent } from "../../../../lib/figures.ts";
import { metricNames, metricTitle, metricValues } from "../../../../lib/learners/metrics/title.ts";
import { api } from "../../api.ts";
import { html, type Markup } from "../../html.ts";
import { say, tried } from "../../parts/ask.ts";
import { BaselineLegend, BaselineTag } from "../../parts/baseline.ts";
import { type Column, Table } from "../../parts/table.ts";
import { role } from "../../session.ts";

const PIN_WORDS =
  "A pinned model serves, whatever the scores say, until you release the pin; all models go on learning meanwhile.";

interface ModelTableProps {
  readonly detail: ModelSetDetail;
  again(): void;
}

export function ModelTable({ detail, again }: ModelTableProps): Markup {
  const { models, pinned } = detail;
  const metrics = metricNames(models.map((one) => one.metrics));
  const scores = metrics.map((name) => metricValues(models.map((one) => one.metrics[name])));
  const some = (figure: (one: ModelFigures) => unknown) => models.some((one) => Boolean(figure(one)));
  const anySkipped = some(({ skipped }) => skipped);
  const anyLeftOut = some(({ leftOut }) => leftOut);
  const anyCoverage = some(({ coverage }) => coverage);
  const maySet = role.value === "admin" && models.length > 1;
  const columns: readonly Column[] = [
    { title: "model" },
    { title: "examples", right: true },
    ...metrics.map((name) => ({ title: metricTitle(name), right: true })),
    ...(anyCoverage ? [{ title: "truth in its interval", right: true }] : []),
    ...(anySkipped ? [{ title: "skipped", right: true }] : []),
    ...(anyLeftOut ? [{ title: "left out", right: true }] : []),
    { title: "state", short: true },
  ];
  const pin = (model: string | undefined) => void serve(detail.set, model, again);
  const rows = models.map((one, row) => ({
    key: one.name,
    strong: one.serves,
    cells: [
      html`${one.serves ? "▸ " : ""}${one.name} ${one.isBaseline && html`<${BaselineTag} />`}`,
      count(one.n),
      ...scores.map((column) => column[row] ?? ""),
      ...(anyCoverage ? [coverageText(one)] : []),
      ...(anySkipped ? [count(one.skipped)] : []),
      ...(anyLeftOut ? [count(one.leftOut)] : []),
      html`<span>${stateText(one, pinned)} ${maySet && html`<${PinButton} model=${one} pinned=${pinned} pin=${pin} />`}</span>`,
    ],
  }));
  return html`<${Table} caption="The models of ${detail.set}" columns=${columns} rows=${rows} />
    <${BaselineLegend} any=${some(({ isBaseline }) => isBaseline)} />
    ${maySet && html`<p class="quiet">${PIN_WORDS}</p>`}`;
}

function coverageText({ coverage }: ModelFigures): string {
  if (coverage === undefined || coverage.n === 0) return "";
  return `${percent(coverage.inside, coverage.n)} of ${percent(coverage.level, 1)} wanted`;
}

function stateText({ name, serves, challenges }: ModelFigures, pinned: string | undefined): string {
  if (challenges !== undefined) return `learns anew, to replace ${challenges}`;
  if (!serves) return "";
  return pinned === name ? "serves, pinned" : "serves";
}

interface PinButtonProps {
  readonly model: ModelFigures;
  readonly pinned: string | undefined;
  readonly pin: (model: string | undefined) => void;
}

function PinButton({ model: { name, challenges }, pinned, pin }: PinButtonProps): Markup | null {
  if (challenges !== undefined) return null;
  if (pinned === name)
    return html`<button type="button" class="plain" onClick=${() => pin(undefined)}>Release</button>`;
  return html`<button type="button" class="plain" aria-label="Pin ${name}" title=${PIN_WORDS} onClick=${() => pin(name)}>Pin</button>`;
}

async function serve(set: string, model: string | undefined, again: () => void): Promise<void> {
  const done = await tried(() => api.serve(set, model === undefined ? {} : { model }));
  again();
  if (done === undefined) return;
  say(model === undefined ? `The pin of ${set} is released.` : `${model} serves ${set}, until the pin is released.`, {
    made: done,
    ...(model !== undefined && { undo: () => void serve(set, undefined, again) }),
  });
}
