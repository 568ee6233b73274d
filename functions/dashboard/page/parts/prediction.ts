// A prediction in words: the value, where the truth is expected, what each model says, and why.

import type { PipelineDetail, Predicted } from "../../../admin/shapes/tries.ts";
import type { Explanation, Interval } from "../../../lib/events/vocabulary.ts";
import { count, percent, plural } from "../../../lib/figures.ts";
import { metricValue } from "../../../lib/learners/metrics/title.ts";
import { html, type Markup } from "../html.ts";
import { Bars } from "./bars.ts";
import { BaselineLegend, BaselineTag } from "./baseline.ts";
import { type FeatureFacts, featureWords, NO_FACTS, plain } from "./feature-words.ts";
import { Figures } from "./figure.ts";
import { Table } from "./table.ts";
import { UnusualNotice } from "./unusual.ts";

const MOST_CLASSES = 3;

interface PredictionProps {
  readonly told: Predicted;
  readonly pipeline: Pick<PipelineDetail, "target" | "features" | "baselines">;
}

export function Prediction({ told, pipeline: { target, features, baselines } }: PredictionProps): Markup {
  const { value, class: named, alarm, model, version, set, values, interval, explanation, x = {}, unusual = [] } = told;
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
    cells: [
      html`${name === model ? "▸ " : ""}${name} ${baselines.includes(name) && html`<${BaselineTag} />`}`,
      valueText(said),
    ],
  }));
  const facts = { origins: features, x };
  return html`<div>
    <${Figures} figures=${figures} />
    <${UnusualNotice} unusual=${unusual} />
    ${explanation !== undefined && html`<h3>Why</h3><${Why} explanation=${explanation as Explanation} facts=${facts} title="${set} contributions" />`}
    <h3>What each model says</h3>
    <${Table} caption="What each model says" columns=${[{ title: "model" }, { title: "prediction", right: true }]} rows=${others} />
    <${BaselineLegend} any=${Object.keys(values).some((name) => baselines.includes(name))} />
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
  const name = `holds the truth in ${percent(interval.level, 1)} of all cases`;
  if ("none" in interval) return { name, value: "not known yet", note: interval.none };
  if ("classes" in interval) return { name, value: interval.classes.join(", ") || "none of them" };
  return { name, value: `${metricValue(interval.lower)} to ${metricValue(interval.upper)}` };
}

interface WhyProps {
  readonly explanation: Explanation;
  readonly facts?: FeatureFacts;
  /** Of its files. */
  readonly title: string;
}

export function Why({ explanation, facts = NO_FACTS, title }: WhyProps): Markup {
  if (explanation.kind === "none") return html`<p>${explanation.why}</p>`;
  if (explanation.kind === "path") {
    const { tests, leaf } = explanation;
    return html`<ol>${tests.map(
      ({ feature, threshold, value, went }) => html`<li>
      ${featureWords(feature, value, facts)}: ${went} ${plain(threshold)}</li>`,
    )}
    </ol><p>There, ${count(leaf.n)} examples say ${valueText(leaf.value)}.</p>`;
  }
  if (explanation.kind === "sums") {
    return html`${explanation.classes.map((one) => html`<h3>${one.class}</h3><${Sum} ...${one} unit=${explanation.unit} facts=${facts} title="${title} ${one.class}" />`)}`;
  }
  return html`<${Sum} ...${explanation} facts=${facts} title=${title} />`;
}

type SumProps = Omit<Extract<Explanation, { kind: "sum" }>, "kind" | "unit"> & {
  readonly unit: string;
  readonly facts: FeatureFacts;
  readonly title: string;
};

function Sum({ total, intercept, contributions, others, unit, facts, title }: SumProps): Markup {
  const bars = [
    ...contributions.map(({ feature, value, contribution }) => ({
      name: featureWords(feature, value, facts),
      value: contribution,
      text: signed(contribution),
    })),
    ...(others === undefined
      ? []
      : [
          {
            name: plural(others.features, "smaller one"),
            value: others.contribution,
            text: signed(others.contribution),
          },
        ]),
    { name: "constant", value: intercept, text: signed(intercept) },
  ];
  const rows = [
    ...contributions.map(({ feature, value, contribution }, i) => [bars[i]?.name, feature, value, contribution]),
    ...bars.slice(contributions.length).map(({ name, value }) => [name, "", "", value]),
  ];
  const isCycle = bars.some(({ name }) => / as a (co)?sine/.test(name));
  const isScaled = bars.some(({ name }) => name.includes(", scaled to "));
  return html`<${Bars} bars=${bars} label="What adds up to the prediction" title=${title}
      columns=${["what", "feature", "value", "contribution"]} rows=${rows} />
    <p class="quiet">Together ${metricValue(total)}${unit === "target" ? ", the prediction" : ` (${unit})`}. Each bar is what one input adds to it, or takes from it; the constant counts always.
      ${isCycle && " An hour or a weekday is told by its place on a circle: a sine and a cosine."}
      ${isScaled && " A scaled number is the input brought to a size that all inputs share."}</p>`;
}

function signed(value: number): string {
  return value > 0 ? `+${metricValue(value)}` : metricValue(value);
}
