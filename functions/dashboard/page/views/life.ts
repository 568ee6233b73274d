// The whole life of one observation, asked for again until it has ended.

import type { Trace } from "../../../admin/shapes/trace.ts";
import type { Served } from "../../../lib/events/vocabulary.ts";
import { plural } from "../../../lib/figures.ts";
import { metricValue } from "../../../lib/learners/metrics/title.ts";
import { ago, moment } from "../../../lib/times.ts";
import { api } from "../api.ts";
import { useAsked } from "../asked.ts";
import { html, type Markup } from "../html.ts";
import { now, since } from "../live.ts";
import { BaselineLegend, BaselineTag } from "../parts/baseline.ts";
import { Empty, Failure, Notice, Waits } from "../parts/notice.ts";
import { valueText, Why } from "../parts/prediction.ts";
import { Table } from "../parts/table.ts";
import { to } from "../route.ts";
import { LabelForm } from "./label-form.ts";

const EVERY_MS = 1000;
const NOT_FOUND = 404;

interface LifeProps {
  readonly pipeline: string;
  readonly subject: string;
  /** It was sent just now: nothing is kept of it yet. */
  readonly isNew?: boolean;
}

export function Life({ pipeline, subject, isNew = false }: LifeProps): Markup {
  const asking = useAsked(`trace ${pipeline} ${subject}`, EVERY_MS, () => api.trace(pipeline, subject));
  const { value, error } = asking.value;
  if (error?.status === NOT_FOUND)
    return isNew ? html`<p>It is on its way.</p>` : html`<${Empty}>${error.message}.</${Empty}>`;
  if (value === undefined) return error === undefined ? html`<${Waits} />` : html`<${Failure} error=${error} />`;
  return html`<div>
    <${Failure} error=${error} />
    <p><b>${value.state}</b></p>
    ${value.spoilt && html`<${Notice} kind="warn">${value.spoilt}</${Notice}>`}
    <ol class="life">${value.steps.map(
      (step, i) => html`<li key=${i} class=${step.what}>
        <b>${step.what}</b> <span class="quiet">${timeText(value, i)}</span><br />${step.detail}
        ${step.what === "dead-letter" && html` <a href=${to(["letters", ...letterOf(step.detail)])}>Look at it, and what to do</a>`}
      </li>`,
    )}</ol>
    <${Details} trace=${value} pipeline=${pipeline} />
  </div>`;
}

/** Its number, which the words of the step begin with. */
function letterOf(detail: string): readonly string[] {
  return (/^number (\d+)/.exec(detail) ?? []).slice(1);
}

/** When, and how long after the step before. */
function timeText({ steps }: Trace, i: number): string {
  const time = steps[i]?.time;
  if (time === undefined) return "";
  const before = steps.slice(0, i).findLast((step) => step.time !== undefined)?.time;
  const after = before === undefined ? "" : `, ${((time - before) / 1000).toFixed(1)} s later`;
  return `${moment(time)}${after} (${since(time)})`;
}

function Details({ trace, pipeline }: { trace: Trace; pipeline: string }): Markup {
  const { set, x, y, labelUntil, expiresAt } = trace;
  const served = trace.served as Partial<Served> | undefined;
  const detail = useAsked(`pipeline ${pipeline}`, 0, () => api.pipeline(pipeline)).value.value;
  const { features: origins = [], baselines = [] } = detail ?? {};
  const features = Object.entries(x ?? {}).map(([name, value]) => ({
    key: name,
    cells: [name, typeof value === "number" ? metricValue(value) : value],
  }));
  return html`
    ${detail && labelUntil !== undefined && html`<${LabelForm} pipeline=${detail} subject=${trace.subject} />`}
    ${served?.values && html`<h3>What was served</h3><${ServedValues} served=${served} baselines=${baselines} />`}
    ${served?.explanation && html`<${Why} explanation=${served.explanation} facts=${{ origins, x: x ?? {} }} title="${pipeline} ${trace.subject} contributions" />`}
    ${y !== undefined && html`<p>The truth: <b>${String(y)}</b></p>`}
    ${labelUntil !== undefined && html`<p>A label is joined until ${moment(labelUntil)} (${ago(labelUntil, now.value)}).</p>`}
    ${expiresAt !== undefined && html`<p class="quiet">Kept until ${moment(expiresAt)}.</p>`}
    ${set !== undefined && html`<p>Model set: <a href=${to(["sets", set])}>${set}</a></p>`}
    ${
      features.length > 0 &&
      html`<details><summary>${plural(features.length, "feature")}</summary>
      <${Table} caption="Features" columns=${[{ title: "feature" }, { title: "value", right: true }]} rows=${features} /></details>`
    }`;
}

interface ServedValuesProps {
  readonly served: Partial<Served>;
  readonly baselines: readonly string[];
}

function ServedValues({ served: { values = {}, model }, baselines }: ServedValuesProps): Markup {
  return html`<ul class="plain-list">${Object.entries(values).map(
    ([name, value]) =>
      html`<li key=${name}>${name === model ? "▸ " : ""}${name}${baselines.includes(name) && html` <${BaselineTag} />`}: ${valueText(value)}</li>`,
  )}</ul>
  <${BaselineLegend} any=${Object.keys(values).some((name) => baselines.includes(name))} />`;
}
