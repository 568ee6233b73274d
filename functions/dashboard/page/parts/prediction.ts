// A prediction in words: the value, where the truth is expected, what each model says, and why.

import type { Predicted } from "../../../admin/shapes/tries.ts";
import type { Explanation, Interval } from "../../../lib/events/vocabulary.ts";
import { count, percent } from "../../../lib/figures.ts";
import { metricValue } from "../../../lib/learners/metrics/title.ts";
import { html, type Markup } from "../html.ts";
import { Bars } from "./bars.ts";
import { Figures } from "./figure.ts";
import { Table } from "./table.ts";

const MOST_CLASSES = 3;

export function Prediction({ told, target }: { told: Predicted; target?: string | undefined }): Markup {
  const { value, class: named, alarm, model, version, set, values, interval, explanation } = told;
  const figures = [
    {
      name: target === undefined ? `${model} says` : `${model} says, of ${target}`,
      value: named === undefined ? valueText(value) : String(named),
      note: named === undefined ? "" : valueText(value),
    },
    alarm !== undefined && { name: "alarm", value: alarm ? "yes" : "no", ...(alarm && { kind: "bad" as const }) },
    interval !== undefined && intervalFigure(interval as Interval),
    { name: "by", value: set, note: `version ${count(version)}` },
  ];
  const others = Object.entries(values).map(([name, said]) => ({
    key: name,
    strong: name === model,
    cells: [`${name === model ? "▸ " : ""}${name}`, valueText(said)],
  }));
  return html`<div>
    <${Figures} figures=${figures} />
    ${explanation !== undefined && html`<h3>Why</h3><${Why} explanation=${explanation as Explanation} />`}
    <h3>What each model says</h3>
    <${Table} caption="What each model says" columns=${[{ title: "model" }, { title: "prediction", right: true }]} rows=${others} />
  </div>`;
}

/** A number; probabilities, the likeliest first; nothing yet. */
export function valueText(value: unknown): string {
  if (typeof value === "number") return metricValue(value);
  if (typeof value !== "object" || value === null) return "nothing learned yet";
  const sorted = Object.entries(value as Record<string, number>).sort(([, a], [, b]) => b - a);
  const shown = sorted
    .slice(0, MOST_CLASSES)
    .map(([name, one]) => `${name} ${one <= 1 ? percent(one, 1) : metricValue(one)}`);
  return shown.join(", ") + (sorted.length > MOST_CLASSES ? ", …" : "");
}

function intervalFigure(interval: Interval) {
  const name = `the truth in ${percent(interval.level, 1)} of all cases`;
  if ("none" in interval) return { name, value: "not known yet", note: interval.none };
  if ("classes" in interval) return { name, value: interval.classes.join(", ") || "none of them" };
  return { name, value: `${metricValue(interval.lower)} to ${metricValue(interval.upper)}` };
}

export function Why({ explanation }: { explanation: Explanation }): Markup {
  if (explanation.kind === "none") return html`<p>${explanation.why}</p>`;
  if (explanation.kind === "path") {
    const { tests, leaf } = explanation;
    return html`<ol>${tests.map(
      ({ feature, threshold, value, went }) => html`<li>
      ${feature} is ${value === null ? "absent" : metricValue(value)}: ${went} ${metricValue(threshold)}</li>`,
    )}
    </ol><p>There, ${count(leaf.n)} examples say ${valueText(leaf.value)}.</p>`;
  }
  if (explanation.kind === "sums") {
    return html`${explanation.classes.map((one) => html`<h3>${one.class}</h3><${Sum} ...${one} unit=${explanation.unit} />`)}`;
  }
  return html`<${Sum} ...${explanation} />`;
}

type SumProps = Omit<Extract<Explanation, { kind: "sum" }>, "kind" | "unit"> & { readonly unit: string };

function Sum({ total, intercept, contributions, others, unit }: SumProps): Markup {
  const bars = [
    ...contributions.map(({ feature, value, contribution }) => ({
      name: `${feature} = ${metricValue(value)}`,
      value: contribution,
      text: signed(contribution),
    })),
    ...(others === undefined
      ? []
      : [{ name: `${count(others.features)} others`, value: others.contribution, text: signed(others.contribution) }]),
    { name: "constant", value: intercept, text: signed(intercept) },
  ];
  return html`<${Bars} bars=${bars} label="What adds up to the prediction" />
    <p class="quiet">Together ${metricValue(total)}${unit === "target" ? ", the prediction" : ` (${unit})`}. Features are as the chain has made them.</p>`;
}

function signed(value: number): string {
  return value > 0 ? `+${metricValue(value)}` : metricValue(value);
}
