// The way of an event as a picture: the steps, what goes from one to the next each second, what waits before each and for how
// long. It is a list, so it can be heard, and stands upright where there is no room.

import type { Status } from "../../../admin/shapes/shapes.ts";
import type { TriggerFigures } from "../../../admin/shapes/triggers.ts";
import { count, fixed, plural } from "../../../lib/figures.ts";
import { roughly } from "../../../lib/times.ts";
import { html, type Markup } from "../html.ts";
import { looks } from "../live.ts";
import { PRESSED_SECONDS } from "../troubles.ts";
import { Sparkline } from "./sparkline.ts";

const STEPS: Readonly<Record<string, string>> = {
  validate: "reads and checks each event",
  featurize: "makes features, joins late labels",
  predict: "predicts, and notes what was served",
  learn: "scores, then learns, exactly once",
};
const BUSY_SECONDS = 1;
/** On a cluster it is told every five seconds how far a step is. */
const BUSY_SECONDS_THERE = 6;
const TOLD_SECONDS = 0.1;

export function Flow({ status }: { status: Status }): Markup {
  const { received, perSecond, countedSince, triggers } = status;
  const busySeconds = countedSince === undefined ? BUSY_SECONDS : BUSY_SECONDS_THERE;
  return html`<ol class="flow">
    <li class="client"><div class="step ${perSecond === 0 ? "idle" : ""}">
      <h3>clients</h3>${received !== undefined && html`<p>${plural(received, "event")} sent</p>`}<p class="quiet">curl, wadi emit, Kafka</p>
    </div></li>
    ${triggers.map((trigger) => html`<${Step} key=${trigger.name} trigger=${trigger} busySeconds=${busySeconds} />`)}
  </ol>`;
}

function Step({ trigger, busySeconds }: { trigger: TriggerFigures; busySeconds: number }): Markup {
  const { name, lag, lagSeconds, inFlight = 0, perSecond, waiting, called } = trigger;
  const trend = looks.value.map(({ status }) => status.triggers.find((one) => one.name === name)?.lag ?? null);
  const behind = lagSeconds === undefined || lagSeconds < TOLD_SECONDS ? "" : `, ${secondsText(lagSeconds)} behind`;
  return html`<li class=${name}>
    <span class="arrow ${(perSecond ?? 0) > 0 ? "moves" : ""}">${perSecond !== undefined && `${rateText(perSecond)}/s`}</span>
    <div class="step ${pressure(trigger, busySeconds)}">
      <h3>${name}</h3>
      <p class="quiet">${STEPS[name] ?? ""}</p>
      <p>${lag === 0 ? "nothing waits" : html`<b>${count(lag)} ${lag === 1 ? "waits" : "wait"}${behind}</b>`}${inFlight > 0 ? `, ${count(inFlight)} under way` : ""}</p>
      <p class="quiet">${countsText(trigger)}</p>
      ${called && html`<p class="quiet">at ${called.url}</p>`}
      ${called?.failure && waiting === undefined && html`<p class=${called.failing ? "bad-ink" : "quiet"}>${called.failing ? "fails" : "failed last"}: ${called.failure.reason}</p>`}
      ${waiting && html`<p class="bad-ink">waits: ${waiting.reason}</p>`}
      <${Sparkline} values=${trend} floor=${10} />
    </div>
  </li>`;
}

/** What is not known is left out. */
function countsText({ handled, retries = 0, deadLetters = 0 }: TriggerFigures): string {
  const parts = [
    handled !== undefined && `${count(handled)} handled`,
    retries > 0 && plural(retries, "retry").replace("retrys", "retries"),
    deadLetters > 0 && `${count(deadLetters)} given up`,
  ];
  return parts.filter(Boolean).join(", ");
}

export function rateText(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? fixed(perSecond, 1) : count(perSecond);
}

function secondsText(seconds: number): string {
  return seconds < 10 ? `${fixed(seconds, 1)} s` : roughly(seconds * 1000);
}

function pressure({ lag, lagSeconds = 0, perSecond, waiting }: TriggerFigures, busySeconds: number): string {
  if (waiting !== undefined || lagSeconds >= PRESSED_SECONDS) return "pressed";
  if (lagSeconds >= busySeconds) return "busy";
  return lag === 0 && perSecond === 0 ? "idle" : "";
}
