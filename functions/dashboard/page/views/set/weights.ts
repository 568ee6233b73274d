// What linear models have learned: each weight, its way through the snapshots.

import type { FeatureOrigin } from "../../../../admin/shapes/learned-fields.ts";
import type { ModelWeights, Weights as WeightsAnswer } from "../../../../admin/shapes/weights.ts";
import { count, plural } from "../../../../lib/figures.ts";
import { metricValue } from "../../../../lib/learners/metrics/title.ts";
import { api } from "../../api.ts";
import { useAsked } from "../../asked.ts";
import { html, type Markup } from "../../html.ts";
import { featureTitle } from "../../parts/feature-words.ts";
import { Empty, Failure, Waits } from "../../parts/notice.ts";
import { saveCsv } from "../../parts/save.ts";
import { Sparkline } from "../../parts/sparkline.ts";
import { Table } from "../../parts/table.ts";

const EVERY_MS = 10_000;
const SHOWN = 15;

export function Weights({ set, pipeline }: { set: string; pipeline: string }): Markup {
  const { features = [] } = useAsked(`pipeline ${pipeline}`, 0, () => api.pipeline(pipeline)).value.value ?? {};
  const { value, error } = useAsked(`weights ${set}`, EVERY_MS, () => api.weights(set, { limit: SHOWN })).value;
  if (value === undefined) return error === undefined ? html`<${Waits} />` : html`<${Failure} error=${error} />`;
  if (value.models.length === 0) return html`<${Empty}>No model of this set is a sum of weights.</${Empty}>`;
  return html`<div>${value.models.map((model) => html`<${OfModel} key=${model.name} model=${model} answer=${value} origins=${features} />`)}</div>`;
}

interface OfModelProps {
  readonly model: ModelWeights;
  readonly answer: WeightsAnswer;
  readonly origins: readonly FeatureOrigin[];
}

function OfModel({ model, answer, origins }: OfModelProps): Markup {
  const { name, serves, unit, intercept, weights, others } = model;
  const moved = answer.versions.length > 0;
  const columns = [{ title: "feature" }, { title: "weight", right: true }, ...(moved ? [{ title: "its way" }] : [])];
  const rows = weights.map(({ feature, class: label, now, before }) => ({
    key: `${label ?? ""} ${feature}`,
    cells: [
      `${featureTitle(feature, origins)}${label === undefined ? "" : ` for ${label}`}`,
      metricValue(now),
      ...(moved ? [html`<${Sparkline} values=${[...before, now]} />`] : []),
    ],
  }));
  const file = () => {
    const titles = ["feature", "class", ...answer.versions.map(({ version }) => `version ${version}`), "now"];
    const all = weights.map(({ feature, class: label, now, before }) => [feature, label, ...before, now]);
    saveCsv(`${answer.set} ${name} weights`, titles, all);
  };
  const constant = intercept === undefined ? "" : `; the constant is ${metricValue(intercept)}`;
  const way = moved ? `, over ${plural(answer.versions.length, "snapshot")}` : "";
  return html`<h3>${name}${serves ? " (serves)" : ""}</h3>
    <p class="quiet">In ${unit === "target" ? "units of the target" : unit}, for each unit of an input, once the model has brought all inputs to one size where it does that${constant}${way}.</p>
    <${Table} caption="Weights of ${name}, the largest first" columns=${columns} rows=${rows} />
    <p>${others > 0 && html`<span class="quiet">${count(others)} smaller ones are not shown. </span>`}<button type="button" class="plain" onClick=${file}>CSV</button></p>`;
}
