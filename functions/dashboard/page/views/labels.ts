// How labels find their observations, and how late they come.

import type { LabelFigures } from "../../../admin/shapes/labels.ts";
import { count, percent, plural } from "../../../lib/figures.ts";
import { roughly } from "../../../lib/times.ts";
import { api } from "../api.ts";
import { useAsked } from "../asked.ts";
import { html, type Markup } from "../html.ts";
import { status } from "../live.ts";
import { Bars } from "../parts/bars.ts";
import { Figures } from "../parts/figure.ts";
import { Empty, Failure, Waits } from "../parts/notice.ts";

const EVERY_MS = 3000;

export function Labels(): Markup {
  const pipelines = status.value?.pipelines ?? [];
  return html`<div class="title"><h1>Labels</h1><p class="what">The truth about an observation, which comes with it or later.</p></div>
    <div class="cards">${pipelines.map((name) => html`<section class="card" key=${name}><h2>${name}</h2><${OfPipeline} pipeline=${name} /></section>`)}</div>`;
}

function OfPipeline({ pipeline }: { pipeline: string }): Markup {
  const { value, error } = useAsked(`labels ${pipeline}`, EVERY_MS, () => api.labels(pipeline)).value;
  if (value === undefined) return error === undefined ? html`<${Waits} />` : html`<${Failure} error=${error} />`;
  if (value.target === undefined)
    return html`<${Empty}>An anomaly task without labels: each observation is learned as it comes.</${Empty}>`;
  const {
    opened,
    joined,
    waiting,
    expiringSoon,
    expiredUnlabelled,
    waitingLabels,
    orphanedLabels,
    conflicts = 0,
  } = value;
  if (opened === 0 && waitingLabels === 0)
    return html`<${Empty}>Nothing has come yet. A label is waited for ${roughly(value.labelHorizonMs)}.</${Empty}>`;
  const figures = [
    { name: "joined", value: percent(joined, opened), note: `${count(joined)} of ${plural(opened, "observation")}` },
    { name: "wait for their label", value: count(waiting), note: `at most ${roughly(value.labelHorizonMs)}` },
    expiringSoon.observations > 0 && {
      name: "expire soon",
      value: count(expiringSoon.observations),
      kind: "warn" as const,
      note: `within ${roughly(expiringSoon.withinMs)}`,
    },
    {
      name: "never labelled",
      value: count(expiredUnlabelled),
      ...(expiredUnlabelled > 0 && { kind: "warn" as const }),
    },
    waitingLabels > 0 && {
      name: "labels that wait",
      value: count(waitingLabels),
      note: "their observation has not come",
    },
    orphanedLabels > 0 && {
      name: "orphaned labels",
      value: count(orphanedLabels),
      kind: "warn" as const,
      note: "their observation never came",
    },
    conflicts > 0 && {
      name: "second labels that differ",
      value: count(conflicts),
      kind: "warn" as const,
      note: "not learned: the first one stands",
    },
  ];
  return html`<div><${Failure} error=${error} /><${Figures} figures=${figures} /><${Delays} labels=${value} /></div>`;
}

function Delays({ labels: { delays, pipeline } }: { labels: LabelFigures }): Markup {
  const total = delays.reduce((sum, { labels }) => sum + labels, 0);
  if (total === 0) return html`<p class="quiet">No label has come by itself yet, after its observation.</p>`;
  const bounds = delays.map(({ upToMs }, i) => {
    const from = delays[i - 1]?.upToMs;
    if (upToMs === undefined) return `more than ${roughly(from ?? 0)}`;
    return from === undefined ? `up to ${roughly(upToMs)}` : `${roughly(from)} to ${roughly(upToMs)}`;
  });
  const used = delays.map(({ labels }, i) => (labels > 0 ? i : -1)).filter((i) => i >= 0);
  const bars = delays
    .map(({ labels }, i) => ({
      name: bounds[i] ?? "",
      value: labels,
      text: `${count(labels)} (${percent(labels, total)})`,
    }))
    .slice(used[0], (used.at(-1) ?? 0) + 1);
  const rows = delays.map(({ upToMs, labels }) => [upToMs ?? "", labels]);
  return html`<h3>How long after their observation they came</h3>
    <${Bars} bars=${bars} label="Delays of ${count(total)} labels" title="${pipeline} label delays" columns=${["up to ms", "labels"]} rows=${rows} />
    <p class="quiet">By when they came here: a stream that is replayed faster than it happened has shorter delays than its times say.</p>`;
}
