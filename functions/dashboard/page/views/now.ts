// What happens at this moment.

import type { Learning } from "../../../admin/shapes/learning.ts";
import type { Status } from "../../../admin/shapes/shapes.ts";
import { count, fixed, percent, plural } from "../../../lib/figures.ts";
import { roughly } from "../../../lib/times.ts";
import { html, type Markup } from "../html.ts";
import { now, since, status } from "../live.ts";
import { type Figure, Figures } from "../parts/figure.ts";
import { Flow, rateText } from "../parts/flow.ts";
import { Notice, Waits } from "../parts/notice.ts";
import { Pods } from "../parts/pods.ts";
import { to } from "../route.ts";
import { troubles } from "../troubles.ts";
import { SetList } from "./set-list.ts";

export function Now(): Markup {
  const shown = status.value;
  if (shown === undefined) return html`<h1>Now</h1><${Waits} />`;
  const found = troubles(shown, now.value);
  const { learning = [], received, learned, modelSets, memoryBytes, startedAt } = shown;
  const since = startedAt === undefined ? "" : `, up for ${roughly(now.value - startedAt)}`;
  const figures: readonly (Figure | false)[] = [
    received !== undefined && { name: "events received", value: count(received), note: receivedNote(shown, now.value) },
    {
      name: "examples learned",
      value: learned === undefined ? "many" : count(learned),
      note: `in ${plural(modelSets, "model set")}`,
    },
    {
      name: "dead letters now",
      value: count(shown.deadLetters),
      ...(shown.deadLetters > 0 && { kind: "bad" as const }),
    },
    memoryBytes !== undefined && { name: "memory", value: `${fixed(memoryBytes / 2 ** 20, 0)} MiB` },
  ];
  return html`
    <div class="title"><h1>Now</h1><p class="what">Wadi ${shown.version} on Node ${shown.node.replace(/^v/, "")}${since}</p></div>
    ${found.map(
      ({ kind, text, short }) => html`<${Notice} key=${text} kind=${kind}>
      ${text} ${short.endsWith("dead") && html`<a href=${to(["letters"])}>Look at them</a>`}
    </${Notice}>`,
    )}
    <section class="card" aria-labelledby="way"><h2 id="way">The way of an event</h2><${Flow} status=${shown} /></section>
    <div class="cards">
      <section class="card"><h2>Is it learning?</h2>
        <${LearningLines} learning=${learning} />
        <h3>So far</h3>
        <${Figures} figures=${figures} />
        <${ArchiveLine} status=${shown} />
      </section>
      <section class="card"><h2>Models</h2><${SetList} limit=${8} /></section>
    </div>
    <${Pods} />`;
}

/** Those that have learned, and the others in one line. */
function LearningLines({ learning }: { learning: readonly Learning[] }): Markup {
  const others = learning.filter(({ last }) => last === undefined).map(({ pipeline }) => pipeline);
  return html`
    ${learning.filter(({ last }) => last !== undefined).map((one) => html`<${LearningLine} key=${one.pipeline} learning=${one} />`)}
    ${others.length > 0 && html`<p class="quiet">Nothing learned yet: ${others.join(", ")}.</p>`}`;
}

function LearningLine({ learning }: { learning: Learning }): Markup {
  const { pipeline, last = 0, perMinute, servedShare } = learning;
  const name = html`<a href=${to(["sets"], { prefix: pipeline })}>${pipeline}</a>`;
  const isBusy = perMinute > 0;
  return html`<p>${name}: <b class=${isBusy ? "good-ink" : ""}>last learned ${since(last)}</b>,
    ${" "}${plural(Math.round(perMinute), "example")} a minute${scoredText(servedShare)}.</p>`;
}

function ArchiveLine({ status: { archive } }: { status: Status }): Markup | false {
  if (archive === undefined) return false;
  const { lag, lagSeconds = 0, failing } = archive;
  const behind = lag === undefined ? "not known" : behindText(lag, lagSeconds, failing !== undefined);
  return html`<p>archive: <b class=${failing === undefined ? "" : "bad-ink"}>${behind}</b>${failing !== undefined && `: ${failing}`}</p>`;
}

function behindText(lag: number, lagSeconds: number, isFailing: boolean): string {
  if (lag > 0) return `lacks ${plural(lag, "event")}, the oldest for ${roughly(lagSeconds * 1000)}`;
  return isFailing ? "cannot be written" : "has every event";
}

/** Whose label came along was not predicted before. */
function scoredText(share: number | undefined): string {
  if (share === undefined) return "";
  if (share === 0) return ", scored just before learning: their labels came along";
  return `, ${percent(share, 1)} scored on what was served`;
}

/** Of a cluster they are counted while somebody looks, else since the start. */
function receivedNote({ perSecond, countedSince }: Status, now: number): string {
  const counted = countedSince === undefined ? "since the start" : `for ${roughly(Math.max(0, now - countedSince))}`;
  const parts = [`counted ${counted}`, perSecond !== undefined && `${rateText(perSecond)} a second now`];
  return parts.filter(Boolean).join(", ");
}
