// All model sets, or one of them.

import type { ModelSetsQuery } from "../../../admin/shapes/model-sets.ts";
import { html, type Markup } from "../html.ts";
import { Choice } from "../parts/choice.ts";
import { Entry } from "../parts/entry.ts";
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
        <${Choice} name="Sort by" value=${sort} of=${Object.entries(SORTS)} choose=${(one: string) => change({ sort: one })} />
        <${Entry} name="Name begins with" type="search" value=${prefix} typed=${(one: string) => change({ prefix: one })} />
      </div>
      <${SetList} key=${`${sort} ${prefix}`} limit=${PAGE} prefix=${prefix} sort=${sort} paged />
    </section>`;
}
