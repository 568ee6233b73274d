// All model sets, or one of them.

import type { ModelSetsQuery } from "../../../admin/shapes/model-sets.ts";
import { html, type Markup } from "../html.ts";
import { go, route, to } from "../route.ts";
import { ModelSet } from "./set/set.ts";
import { SetList } from "./set-list.ts";

const SORTS = { name: "name", worst: "worst score", newest: "newest commit", silent: "silent longest" } as const;
const PAGE = 50;

export function Sets(): Markup {
  const { path, query } = route.value;
  const set = path[1];
  if (set !== undefined) return html`<${ModelSet} key=${set} set=${set} />`;
  const sort = (query["sort"] ?? "name") as NonNullable<ModelSetsQuery["sort"]>;
  const prefix = query["prefix"] ?? "";
  const change = (more: Readonly<Record<string, string>>) => go(to(["sets"], { ...query, ...more }), true);
  return html`
    <div class="title"><h1>Models</h1><p class="what">A model set is all models of a pipeline, or of one value of its field: they learn the same examples.</p></div>
    <section class="card">
      <div class="filters">
        <label>Sort by
          <select value=${sort} onChange=${(event: Event) => change({ sort: (event.target as HTMLSelectElement).value })}>
            ${Object.entries(SORTS).map(([name, title]) => html`<option value=${name}>${title}</option>`)}
          </select>
        </label>
        <label>Name begins with
          <input type="search" value=${prefix} onInput=${(event: Event) => change({ prefix: (event.target as HTMLInputElement).value })} />
        </label>
      </div>
      <${SetList} key=${`${sort} ${prefix}`} limit=${PAGE} prefix=${prefix} sort=${sort} paged />
    </section>`;
}
