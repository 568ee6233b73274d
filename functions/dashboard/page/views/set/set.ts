// One model set: what it knows, how good it is, what happened to it, and what may be done with it.

import { useRef } from "preact/hooks";
import type { HistoryPoint } from "../../../../admin/shapes/history.ts";
import type { ModelSetDetail } from "../../../../admin/shapes/shapes.ts";
import { count, percent, plural } from "../../../../lib/figures.ts";
import { api } from "../../api.ts";
import { type Asking, useAsked } from "../../asked.ts";
import { html, type Markup } from "../../html.ts";
import { since } from "../../live.ts";
import { confirmed, say, tried } from "../../parts/ask.ts";
import { Figures } from "../../parts/figure.ts";
import { Failure, Waits } from "../../parts/notice.ts";
import { to } from "../../route.ts";
import { role } from "../../session.ts";
import { Calibration } from "./calibration.ts";
import { grown, type Known } from "./history.ts";
import { ModelTable } from "./model-table.ts";
import { Scores } from "./scores.ts";
import { Snapshots } from "./snapshots.ts";
import { Weights } from "./weights.ts";

const EVERY_MS = 2000;
/** As many as the store keeps. */
const WHOLE_HISTORY = 10_000;

export function ModelSet({ set }: { set: string }): Markup {
  const known = useRef<Known | undefined>(undefined);
  const asking = useAsked(`model ${set}`, EVERY_MS, async () => {
    known.current = await look(set, known.current);
    return known.current;
  });
  const { value, error } = asking.value;
  const title = html`<h1>${set}</h1>`;
  if (value === undefined)
    return html`${title}${error === undefined ? html`<${Waits} />` : html`<${Failure} error=${error} />`}`;
  const { detail, points } = value;
  return html`
    <div class="title">${title}
      <p class="what">of ${detail.pipeline} · generation ${detail.generation} · version ${count(detail.version)}</p>
      <${Deeds} detail=${detail} asking=${asking} />
    </div>
    <${Failure} error=${error} />
    <section class="card"><${Summary} detail=${detail} points=${points} /></section>
    <section class="card"><h2>Scores</h2><${Scores} known=${value} /></section>
    <section class="card"><h2>Models</h2><${ModelTable} detail=${detail} again=${asking.again} /></section>
    <div class="cards">
      <section class="card"><h2>Weights, and how they moved</h2><${Weights} set=${set} pipeline=${detail.pipeline} /></section>
      <${Calibration} detail=${detail} />
      <section class="card"><h2>Go back</h2><${Snapshots} set=${set} again=${asking.again} /></section>
    </div>`;
}

/** Only what is new is asked for, where that can be told. */
async function look(set: string, before: Known | undefined): Promise<Known> {
  const last = before?.points.at(-1);
  if (before !== undefined && last !== undefined) {
    const detail = await api.model(set, { history: WHOLE_HISTORY, after: last.version });
    const isWhole = detail.history.length < WHOLE_HISTORY && detail.version >= last.version;
    if (isWhole && detail.generation === before.detail.generation)
      return { detail, points: grown(before.points, detail.history) };
  }
  const detail = await api.model(set, { history: WHOLE_HISTORY });
  return { detail, points: [...detail.history].reverse() };
}

function Summary({ detail, points }: Known): Markup {
  const { count: learned, scoredOnServed, champion, learnedIds, stateBytes } = detail;
  const last = points.findLast((point, i) => learnsMore(point, points[i - 1]));
  const figures = [
    {
      name: "examples learned",
      value: count(learned),
      note: last === undefined ? "" : `the last one ${since(last.time)}`,
    },
    {
      name: "scored on what was served",
      value: percent(scoredOnServed, learned),
      note: "else on a prediction made just before learning",
    },
    { name: "serves", value: champion, note: whyServes(detail, points) },
    { name: "learned ids kept", value: count(learnedIds), note: "so that nothing is learned twice" },
    { name: "state", value: `${count(Math.ceil(stateBytes / 1024))} KiB` },
  ];
  return html`<${Figures} figures=${figures} />`;
}

/** A rollback and a pin are commits, too. */
function learnsMore({ count: learned, restored }: HistoryPoint, before: HistoryPoint | undefined): boolean {
  return restored === undefined && learned > (before?.count ?? 0);
}

function whyServes({ champion, pinned }: ModelSetDetail, points: readonly HistoryPoint[]): string {
  const change = points.findLast((point) => point.champion !== undefined);
  if (change?.champion?.to !== champion) return pinned === undefined ? "as the pipeline file says" : "pinned by hand";
  return `${change.champion.why}, ${since(change.time)}`;
}

function Deeds({ detail, asking }: { detail: ModelSetDetail; asking: Asking<Known> }): Markup | null {
  if (role.value !== "admin") return null;
  return html`<div class="buttons">
    <a class="button" href=${to(["try", detail.pipeline])}>Try it</a>
    <button type="button" onClick=${() => void clear(detail, asking)}>Clear …</button>
  </div>`;
}

/** Begins anew from zero; what was in force is kept, and comes back by a rollback. */
async function clear({ set, count: learned }: ModelSetDetail, asking: Asking<Known>): Promise<void> {
  const wanted = await confirmed({
    title: `Clear ${set}?`,
    text: html`<p>It begins anew from zero, as a new generation: ${plural(learned, "example")} are set aside. They are kept, so this can be undone; the generation before that is removed.</p>`,
    deed: "Clear",
  });
  if (!wanted) return;
  const done = await tried(() => api.clear(set, {}));
  asking.again();
  if (done === undefined) return;
  const back = async () => {
    await tried(() => api.rollback(set, { generation: done.replaced.generation }));
    asking.again();
  };
  say(`${set} begins anew, as generation ${done.generation}.`, { undo: () => void back(), forMs: 60_000, made: done });
}
