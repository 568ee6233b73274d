// What the set can be rolled back to, what that forgets, and a way back from it.

import type { Snapshot, SnapshotList } from "../../../../admin/shapes/models.ts";
import { count, plural } from "../../../../lib/figures.ts";
import { metricNames, metricTitle, metricValue } from "../../../../lib/learners/metrics/title.ts";
import { moment } from "../../../../lib/times.ts";
import { api } from "../../api.ts";
import { useAsked } from "../../asked.ts";
import { html, type Markup } from "../../html.ts";
import { since } from "../../live.ts";
import { confirmed, say, tried } from "../../parts/ask.ts";
import { Empty, Failure, Waits } from "../../parts/notice.ts";
import { type Column, Table } from "../../parts/table.ts";
import { role } from "../../session.ts";

interface SnapshotsProps {
  readonly set: string;
  again(): void;
}

const EVERY_MS = 10_000;

export function Snapshots({ set, again: changed }: SnapshotsProps): Markup {
  const asking = useAsked(`snapshots ${set}`, EVERY_MS, () => api.snapshots(set));
  const { value, error } = asking.value;
  if (value === undefined) return error === undefined ? html`<${Waits} />` : html`<${Failure} error=${error} />`;
  const again = () => {
    changed();
    asking.again();
  };
  const { items, previous } = value;
  return html`<div>
    ${items.length === 0 && html`<${Empty}>No snapshot yet: one is kept every so many versions.</${Empty}>`}
    ${items.length > 0 && html`<${SnapshotTable} list=${value} again=${again} />`}
    ${
      previous &&
      html`<p>The generation before, ${previous.generation}, has ${plural(previous.count, "example")}.
      ${role.value === "admin" && html` <button type="button" onClick=${() => void toGeneration(value, again)}>Put it in force …</button>`}</p>`
    }
  </div>`;
}

function SnapshotTable({ list, again }: { list: SnapshotList; again(): void }): Markup {
  const { items, champion } = list;
  const metrics = metricNames(items.map(({ metrics }) => metrics[champion] ?? {}));
  const metric = metrics.find((name) => name.includes("_rolling_")) ?? metrics[0];
  const columns: readonly Column[] = [
    { title: "version" },
    { title: "kept", short: true },
    ...(metric === undefined ? [] : [{ title: `${metricTitle(metric)} then`, right: true }]),
    { title: "would forget", right: true },
    { title: "go back", short: true },
  ];
  const rows = items.map((one) => ({
    key: `${one.version} ${one.kept}`,
    cells: [
      count(one.version),
      html`<span title=${moment(one.time)}>${since(one.time)}${one.kept === "rollback" ? ", before a rollback" : ""}</span>`,
      ...(metric === undefined ? [] : [metricValue(one.metrics[champion]?.[metric])]),
      count(one.forgets),
      role.value === "admin"
        ? html`<button type="button" class="plain" onClick=${() => void toSnapshot(list, one, again)}>Roll back …</button>`
        : "",
    ],
  }));
  return html`<${Table} caption="Snapshots of ${list.set}, the newest first" columns=${columns} rows=${rows} />`;
}

async function toSnapshot({ set }: SnapshotList, { version, forgets }: Snapshot, again: () => void): Promise<void> {
  const wanted = await confirmed({
    title: `Roll ${set} back to version ${count(version)}?`,
    text: html`<p>${plural(forgets, "example")} would be forgotten. What it is now is kept, so this can be undone.</p>`,
    deed: "Roll back",
  });
  if (!wanted) return;
  const done = await tried(() => api.rollback(set, { to: version }));
  again();
  if (done === undefined) return;
  const back = async () => {
    await tried(() => api.rollback(set, { to: done.replaced.version }));
    again();
  };
  say(`${set} has the state of version ${count(version)}, as version ${count(done.version)}.`, {
    undo: () => void back(),
    forMs: 60_000,
  });
}

async function toGeneration({ set, generation, previous }: SnapshotList, again: () => void): Promise<void> {
  if (previous === undefined) return;
  const wanted = await confirmed({
    title: `Put generation ${previous.generation} in force?`,
    text: html`<p>${set} goes on from there. Generation ${generation} is kept, so this can be undone.</p>`,
    deed: "Put it in force",
  });
  if (!wanted) return;
  const done = await tried(() => api.rollback(set, { generation: previous.generation }));
  again();
  if (done === undefined) return;
  const back = async () => {
    await tried(() => api.rollback(set, { generation }));
    again();
  };
  say(`${set} goes on from generation ${done.generation}.`, { undo: () => void back(), forMs: 60_000 });
}
