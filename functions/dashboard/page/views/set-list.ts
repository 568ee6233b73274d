// Model sets as a table that can be sorted and turned over.

import { useState } from "preact/hooks";
import type { ModelSetsQuery } from "../../../admin/shapes/model-sets.ts";
import type { ModelSetSummary } from "../../../admin/shapes/shapes.ts";
import { count } from "../../../lib/figures.ts";
import { metricNames, metricTitle, metricValues } from "../../../lib/learners/metrics/title.ts";
import { api } from "../api.ts";
import { useAsked } from "../asked.ts";
import { html, type Markup } from "../html.ts";
import { since } from "../live.ts";
import { BaselineTag } from "../parts/baseline.ts";
import { Empty, Failure, Waits } from "../parts/notice.ts";
import { type Column, Table } from "../parts/table.ts";
import { to } from "../route.ts";

interface SetListProps {
  readonly limit: number;
  readonly prefix?: string;
  readonly sort?: ModelSetsQuery["sort"];
  /** Whether one can go to the next page. */
  readonly paged?: boolean;
}

const EVERY_MS = 2000;
/** More columns are for the set's own view. */
const MAX_METRICS = 3;

export function SetList({ limit, prefix, sort, paged = false }: SetListProps): Markup {
  const [pages, setPages] = useState<readonly string[]>([]);
  const after = pages.at(-1);
  const query = { limit, ...(prefix && { prefix }), ...(sort && { sort }), ...(after && { after }) };
  const { value, error } = useAsked(JSON.stringify(query), EVERY_MS, () => api.models(query)).value;
  if (value === undefined) return error === undefined ? html`<${Waits} />` : html`<${Failure} error=${error} />`;
  const { items, next, count: all } = value;
  return html`<div>
    <${Failure} error=${error} />
    ${items.length === 0 ? html`<${Empty}>No model set has learned yet. Send examples: the generator, or wadi emit.</${Empty}>` : html`<${SetTable} items=${items} />`}
    ${
      paged &&
      html`<div class="buttons">
      <button type="button" disabled=${pages.length === 0} onClick=${() => setPages(pages.slice(0, -1))}>Previous</button>
      <button type="button" disabled=${next === undefined} onClick=${() => next && setPages([...pages, next])}>Next</button>
      <span class="quiet">page ${count(pages.length + 1)}${all === undefined ? "" : `, ${count(all)} in all`}</span>
    </div>`
    }
    ${!paged && next !== undefined && html`<p><a href=${to(["sets"])}>All model sets</a></p>`}
  </div>`;
}

function SetTable({ items }: { items: readonly ModelSetSummary[] }): Markup {
  const names = [...metricNames(items.map(({ metrics }) => metrics))]
    .sort((a, b) => Number(b.includes("_rolling_")) - Number(a.includes("_rolling_")))
    .slice(0, MAX_METRICS);
  const columns: readonly Column[] = [
    { title: "model set" },
    { title: "champion" },
    { title: "examples", right: true },
    ...names.map((name) => ({ title: metricTitle(name), right: true })),
    { title: "last commit", right: true },
  ];
  const scores = names.map((name) => metricValues(items.map(({ metrics }) => metrics[name])));
  const rows = items.map(({ set, champion, isBaseline, count: n, last }, row) => ({
    key: set,
    cells: [
      html`<a href=${to(["sets", set])}>${set}</a>`,
      html`${champion} ${isBaseline && html`<${BaselineTag} />`}`,
      count(n),
      ...scores.map((column) => column[row] ?? ""),
      last === undefined ? "" : since(last),
    ],
  }));
  return html`<${Table} caption="Model sets" columns=${columns} rows=${rows} />`;
}
