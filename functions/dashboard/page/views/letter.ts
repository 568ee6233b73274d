// One dead letter: why it was given up, and what may be done with it. It can be sent again as it is, corrected and sent as a new
// event, or dropped.

import { useEffect, useState } from "preact/hooks";
import type { DeadLetterDetail } from "../../../admin/shapes/shapes.ts";
import type { Sent } from "../../../admin/shapes/tries.ts";
import { reasonOf } from "../../../lib/events/reasons.ts";
import { count, plural } from "../../../lib/figures.ts";
import { moment } from "../../../lib/times.ts";
import { api } from "../api.ts";
import { type Asking, useAsked } from "../asked.ts";
import { html, type Markup } from "../html.ts";
import { onLetter, status } from "../live.ts";
import { tried } from "../parts/ask.ts";
import { Failure, Notice, Waits } from "../parts/notice.ts";
import { to } from "../route.ts";
import { role } from "../session.ts";
import { Correction } from "./letter-correction.ts";
import { dropLater } from "./letters-deeds.ts";

const NOT_FOUND = 404;

/** As the reference has it; its code marks are not for here. */
export function cureOf(code: string): string | undefined {
  return reasonOf(code)?.cure.replaceAll("`", "");
}

/** What became of it on this page. */
type Fate =
  | { readonly what: "here" }
  | { readonly what: "redriven"; readonly back?: number }
  | { readonly what: "corrected"; readonly sent: Sent; readonly pipeline: string };

export function Letter({ number }: { number: number }): Markup {
  const asking = useAsked(`letter ${number}`, 0, () => api.deadLetter(number));
  const [fate, setFate] = useState<Fate>({ what: "here" });
  const { value, error } = asking.value;
  const title = html`<div class="title"><h1>Dead letter ${count(number)}</h1><p class="what"><a href=${to(["letters"])}>all dead letters</a></p></div>`;
  if (value === undefined)
    return html`${title}${error === undefined ? html`<${Waits} />` : html`<${Failure} error=${error} />`}`;
  const isGone = error?.status === NOT_FOUND;
  return html`${title}
    <${FateNotice} fate=${fate} letter=${value} />
    ${isGone && fate.what === "here" && html`<${Notice} kind="good">It is gone: dropped, or sent again.</${Notice}>`}
    <${Why} letter=${value} />
    ${role.value === "admin" && !isGone && fate.what !== "redriven" && html`<${Deeds} letter=${value} asking=${asking} setFate=${setFate} />`}`;
}

function Why({ letter }: { letter: DeadLetterDetail }): Markup {
  const { step, reason, time, message, pipeline, subject, event, redriven } = letter;
  const cure = cureOf(reason);
  const isHere = status.value?.pipelines.includes(pipeline ?? "") === true;
  return html`<section class="card">
    <p><b>${reason}</b>, given up by ${step} at ${moment(time)}${redriven > 0 ? `; sent again ${plural(redriven, "time")} before` : ""}</p>
    <p>${message}</p>
    ${cure !== undefined && html`<p><b>What to do:</b> ${cure}</p>`}
    ${isHere && subject !== undefined && html`<p><a href=${to(["events", pipeline ?? "", subject])}>The life of ${subject}</a></p>`}
    <pre tabindex="0">${JSON.stringify(event, undefined, 2)}</pre>
  </section>`;
}

interface DeedsProps {
  readonly letter: DeadLetterDetail;
  readonly asking: Asking<unknown>;
  setFate(fate: Fate): void;
}

function Deeds({ letter, asking, setFate }: DeedsProps): Markup {
  const { number } = letter;
  const corrected = (sent: Sent, pipeline: string) => {
    setFate({ what: "corrected", sent, pipeline });
    asking.again();
  };
  const again = async () => {
    const done = await tried(() => api.redrive({ numbers: [number] }));
    if (done?.redriven === 1) setFate({ what: "redriven" });
    else asking.again();
  };
  return html`<div class="cards">
    <section class="card"><h2>Correct its data</h2><${Correction} letter=${letter} corrected=${corrected} /></section>
    <section class="card"><h2>Redrive it as it is, or drop it</h2>
      <p>Redriven, which is sent again, it is the same event with the same id, from the beginning: for when the cause is mended, in the pipeline or in the store. It leaves the dead letters, and comes back with a new number if it is given up again.</p>
      <p>Dropped it is gone for good.</p>
      <div class="buttons">
        <button type="button" onClick=${() => void again()}>Redrive (send again as it is)</button>
        <button type="button" onClick=${() => dropLater(`number ${count(number)}`, { numbers: [number] }, 1, asking)}>Drop</button>
      </div>
    </section>
  </div>`;
}

function FateNotice({ fate, letter }: { fate: Fate; letter: DeadLetterDetail }): Markup | null {
  const [back, setBack] = useState<number | undefined>(undefined);
  useEffect(() => {
    return onLetter(({ id, source, number, redriven }) => {
      if (id === letter.id && source === letter.source && redriven > letter.redriven) setBack(number);
    });
  }, [letter]);
  if (fate.what === "here") return null;
  if (fate.what === "redriven") {
    return back === undefined
      ? html`<${Notice} kind="good">It was sent again as it is, and has left the dead letters.</${Notice}>`
      : html`<${Notice} kind="bad">It was sent again as it is, and came back as <a href=${to(["letters", String(back)])}>dead letter ${count(back)}</a>.</${Notice}>`;
  }
  const { id, subject, dropped } = fate.sent;
  const life = html`<a href=${to(["events", fate.pipeline, subject])}>${subject}</a>`;
  return dropped === true
    ? html`<${Notice} kind="good">The correction was taken as event ${id}, of ${life}. The dead letter is dropped.</${Notice}>`
    : html`<${Notice} kind="warn">The correction was taken as event ${id}, of ${life}. The dead letter could not be dropped now: drop it below.</${Notice}>`;
}
