// On a cluster: each step's pods, which come from zero and go again. Elsewhere there is nothing to show.

import type { ClusterStatus, ClusterStep } from "../../../admin/shapes/cluster.ts";
import { plural } from "../../../lib/figures.ts";
import { api } from "../api.ts";
import { useAsked } from "../asked.ts";
import { html, type Markup } from "../html.ts";
import { status } from "../live.ts";
import { Failure } from "./notice.ts";
import { Table } from "./table.ts";

const EVERY_MS = 2000;

export function Pods(): Markup | null {
  return status.value?.onCluster ? html`<${Cluster} />` : null;
}

function Cluster(): Markup | null {
  const { value, error } = useAsked("cluster", EVERY_MS, () => api.cluster()).value;
  if (value === undefined && error === undefined) return null;
  if (value === undefined) return html`<section class="card"><h2>Pods</h2><${Failure} error=${error} /></section>`;
  return html`<section class="card"><h2>Pods in ${value.namespace}</h2><${PodTable} cluster=${value} /></section>`;
}

function PodTable({ cluster }: { cluster: ClusterStatus }): Markup {
  const rows = cluster.steps.map((step) => ({
    key: step.name,
    cells: [
      step.name,
      podsText(step),
      `${step.min} to ${step.max ?? "any"}`,
      step.coldStartSeconds === undefined ? "" : `${step.coldStartSeconds.toFixed(1)} s`,
      step.problem === undefined
        ? step.state
        : html`<span class="bad-ink">${step.problem.message}: ${step.problem.cure}</span>`,
    ],
  }));
  const columns = [
    { title: "step" },
    { title: "pods" },
    { title: "range" },
    { title: "cold start", right: true },
    { title: "state" },
  ];
  return html`<${Table} caption="The pods of each step" columns=${columns} rows=${rows} />`;
}

function podsText({ pods: { ready, starting, ending } }: ClusterStep): Markup {
  const dots = "●".repeat(Math.min(20, ready)) + "◌".repeat(Math.min(20, starting)) + "○".repeat(Math.min(20, ending));
  const words = [
    ready === 0 && starting === 0 && ending === 0 ? "asleep" : plural(ready, "pod"),
    starting > 0 && `${starting} waking`,
    ending > 0 && `${ending} going`,
  ];
  return html`<span><span class="good-ink" aria-hidden="true">${dots}</span> ${words.filter(Boolean).join(", ")}</span>`;
}
