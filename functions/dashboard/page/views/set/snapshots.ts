// What the set can be rolled back to, what that forgets, and a way back from it.

import type { Snapshot, SnapshotList } from "../../../../admin/shapes/models.ts";
import { count, plural } from "../../../../lib/figures.ts";
import { metricNames, metricTitle, metricValue } from "../../../../lib/learners/metrics/title.ts";
import { moment } from "../../../../lib/times.ts";
import { api } from "../../api.ts";
import { useAsked } from "../../asked.ts";
import { html, type Markup } from "../../html.ts";
import { since } from "../../live.ts";
import { confirmed, endWords, say, tried } from "../../parts/ask.ts";
import { Empty, Failure, Waits } from "../../parts/notice.ts";
import { type Column, Table } from "../../parts/table.ts";
import { role } from "../../session.ts";

interface SnapshotsProps {
  readonly set: string;
  again(): void;
}

const EVERY_MS = 10_000;

export function Snapshots({ set, again: changed }: SnapshotsProps): Markup {
  const asking = useAsked(`snapshots ${set}`, EVERY_MS, async () => {
    const askedAt = performance.now();
    const list = await api.snapshots(set);
    endOldWords(list, askedAt);
    return list;
  });
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

/** What was said before is over where another generation is in force, or a rollback has replaced a version since. */
function endOldWords({ set, generation, items }: SnapshotList, askedAt: number): void {
  const replaced = items.filter(({ kept }) => kept === "rollback").map(({ version }) => version);
  endWords(askedAt, (made) => {
    if (made.set !== set) return false;
    return made.generation !== generation || replaced.some((version) => version >= made.version);
  });
}

function SnapshotTable({ list, again }: { list: SnapshotList; again(): void }): Markup {
  const { items, champion } = list;
  const metrics = metricNames(items.map(({ metrics }) => metrics[champion] ?? {}));
  const metric = metrics.find((name) => name.includes("_rolling_")) ?? metrics[0];
  const columns: readonly Column[] = [
    { title: "version" },
    { title: "going back" },
    { title: "kept" },
    ...(metric === undefined ? [] : [{ title: `${metricTitle(metric)} then`, right: true }]),
  ];
  const rows = items.map((one) => ({
    key: `${one.version} ${one.kept}`,
    cells: [
      html`${count(one.version)}${" "}${role.value === "admin" && !isInForce(list, one) && html`<button type="button" class="plain" aria-label="Roll back to version ${one.version} …" onClick=${() => void toSnapshot(list, one, again)}>Roll back …</button>`}`,
      changeText(list, one),
      html`<span title=${moment(one.time)}>${since(one.time)}${one.kept === "rollback" ? ", before a rollback" : ""}</span>`,
      ...(metric === undefined ? [] : [metricValue(one.metrics[champion]?.[metric])]),
    ],
  }));
  return html`<${Table} caption="Snapshots of ${list.set}, the newest first" columns=${columns} rows=${rows} />`;
}

/** A rollback makes a new version with the same state. */
function isInForce(list: SnapshotList, snapshot: Snapshot): boolean {
  return snapshot.version === list.version || (snapshot.forgets === 0 && comesBack(list, snapshot) === 0);
}

/** Examples that the snapshot has, and what is in force has not. */
function comesBack({ count: now }: SnapshotList, { count: then, forgets }: Snapshot): number {
  return Math.max(0, then - (now - forgets));
}

function changeText(list: SnapshotList, snapshot: Snapshot): string {
  if (isInForce(list, snapshot)) return "in force";
  const back = comesBack(list, snapshot);
  const { forgets } = snapshot;
  return [forgets > 0 && `forgets ${count(forgets)}`, back > 0 && `brings back ${count(back)}`]
    .filter(Boolean)
    .join(", ");
}

/** What is forgotten is known by its ids, as lib/store/snapshots.ts has it (K2). */
function costText(list: SnapshotList, snapshot: Snapshot): Markup {
  const { forgets } = snapshot;
  const back = comesBack(list, snapshot);
  const parts = [
    back > 0 && `${plural(back, "example")} would come back.`,
    forgets > 0 && `${plural(forgets, "example")} would be forgotten.`,
    forgets > 0 &&
      "What is forgotten is not learned again by itself, also where it is sent again: a rollback to what it is now brings it back, or wadi replay, which learns all that the log still has.",
  ];
  return html`<p>${parts.filter(Boolean).join(" ")} What it is now is kept, so this can be undone.</p>`;
}

async function toSnapshot(list: SnapshotList, snapshot: Snapshot, again: () => void): Promise<void> {
  const { set } = list;
  const { version } = snapshot;
  const wanted = await confirmed({
    title: `Roll ${set} back to version ${count(version)}?`,
    text: costText(list, snapshot),
    deed: "Roll back",
  });
  if (!wanted) return;
  const done = await tried(() => api.rollback(set, { to: version }));
  again();
  if (done === undefined) return;
  const replaces = { generation: done.generation, version: done.version };
  const back = async () => {
    await tried(() => api.rollback(set, { to: done.replaced.version, replaces }));
    again();
  };
  say(`${set} has the state of version ${count(version)}, as version ${count(done.version)}.`, {
    undo: () => void back(),
    forMs: 60_000,
    made: done,
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
  say(`${set} goes on from generation ${done.generation}.`, { undo: () => void back(), forMs: 60_000, made: done });
}
