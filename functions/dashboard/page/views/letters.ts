// Dead letters by what went wrong: sent again by the group, with what came of it, or dropped.

import { useState } from "preact/hooks";
import type { LetterGroup } from "../../../admin/shapes/letter-groups.ts";
import type { DeadLetterSelection, DeadLetterSummary } from "../../../admin/shapes/shapes.ts";
import { count, plural } from "../../../lib/figures.ts";
import { moment } from "../../../lib/times.ts";
import { api } from "../api.ts";
import { type Asking, useAsked } from "../asked.ts";
import { html, type Markup } from "../html.ts";
import { since } from "../live.ts";
import { Empty, Failure, Waits } from "../parts/notice.ts";
import { Table } from "../parts/table.ts";
import { route, to } from "../route.ts";
import { role } from "../session.ts";
import { cureOf, Letter } from "./letter.ts";
import { dropLater, Redrive, redriving } from "./letters-deeds.ts";

const EVERY_MS = 2000;
const SHOWN = 20;

export function Letters(): Markup {
  const number = Number(route.value.path[1]);
  if (Number.isSafeInteger(number) && number > 0) return html`<${Letter} key=${number} number=${number} />`;
  return html`<div class="title"><h1>Dead letters</h1><p class="what">Events that could not be handled. Nothing of them is lost: each says what to do.</p></div>
    ${redriving.value && html`<section class="card"><h2>Sent again</h2><${Redrive} /></section>`}
    <section class="card"><${Groups} /></section>`;
}

function Groups(): Markup {
  const asking = useAsked("letter groups", EVERY_MS, () => api.deadLetterGroups());
  const { value, error } = asking.value;
  if (value === undefined) return error === undefined ? html`<${Waits} />` : html`<${Failure} error=${error} />`;
  const { items, counted, all } = value;
  if (items.length === 0) return html`<${Empty}>There is none: every event was handled.</${Empty}>`;
  return html`<div><${Failure} error=${error} />
    ${counted < all && html`<p class="quiet">Of the newest ${count(counted)} of ${count(all)}.</p>`}
    ${items.map((group) => html`<${Group} key=${keyOf(group)} group=${group} asking=${asking} />`)}
  </div>`;
}

function keyOf({ reason, step, pipeline, field }: LetterGroup): string {
  return JSON.stringify([reason, step, pipeline, field]);
}

/** The letters of a group: by what the API can select. */
function selectionOf({ reason, step, pipeline, newest }: LetterGroup): DeadLetterSelection {
  return { reason, step, until: newest + 1, ...(pipeline !== undefined && { pipeline }) };
}

function Group({ group, asking }: { group: LetterGroup; asking: Asking<unknown> }): Markup {
  const [isOpen, open] = useState(false);
  const { reason, step, pipeline, field, letters, redriven, oldest, newest, example } = group;
  const selection = selectionOf(group);
  const cure = cureOf(reason);
  const title = `${reason}${field === undefined ? "" : `: ${field}`}`;
  return html`<article class="group">
    <h2>${title} <span class="quiet">${plural(letters, "event")} given up by ${step}${pipeline === undefined ? "" : `, of ${pipeline}`}</span></h2>
    <p>${example.message}</p>
    ${cure !== undefined && html`<p><b>What to do:</b> ${cure}</p>`}
    <p class="quiet">${whenText(oldest, newest)}${redriven > 0 ? `; ${count(redriven)} were sent again before, and came back` : ""}</p>
    <div class="buttons">
      <button type="button" aria-expanded=${isOpen} onClick=${() => open(!isOpen)}>${isOpen ? "Hide them" : "Show them"}</button>
      ${
        role.value === "admin" &&
        html`
        <button type="button" onClick=${() => void redriving.start(title, selection, letters, asking)}>Redrive (send again)</button>
        <button type="button" onClick=${() => dropLater(title, selection, letters, asking)}>Drop</button>`
      }
    </div>
    ${field !== undefined && role.value === "admin" && html`<p class="quiet">Redriving and dropping take all of this reason and step, whatever the field.</p>`}
    ${isOpen && html`<${List} selection=${selection} />`}
  </article>`;
}

/** One time where both are the same second. */
function whenText(oldest: number, newest: number): string {
  const [first, last] = [moment(oldest), moment(newest)];
  return `${first === last ? last : `${first} to ${last}`} (${since(newest)})`;
}

function List({ selection }: { selection: DeadLetterSelection }): Markup {
  const { reason, step, pipeline } = selection;
  const query = { limit: SHOWN, ...(reason && { reason }), ...(step && { step }), ...(pipeline && { pipeline }) };
  const { value, error } = useAsked(JSON.stringify(query), EVERY_MS, () => api.deadLetters(query)).value;
  if (value === undefined) return error === undefined ? html`<${Waits} />` : html`<${Failure} error=${error} />`;
  if (value.items.length === 0) return html`<${Empty}>There is none.</${Empty}>`;
  return html`<${LetterTable} items=${value.items} />
    ${value.next !== undefined && html`<p class="quiet">The newest ${count(SHOWN)}; all: <code>wadi dlq list</code></p>`}`;
}

function LetterTable({ items }: { items: readonly DeadLetterSummary[] }): Markup {
  const columns = [
    { title: "number" },
    { title: "given up", short: true },
    { title: "by" },
    { title: "reason" },
    { title: "observation" },
    { title: "what the step said", long: true },
  ];
  const rows = items.map(({ number, time, step, reason, subject, pipeline, message }) => ({
    key: number,
    cells: [
      html`<a href=${to(["letters", String(number)])}>${count(number)}</a>`,
      since(time),
      step,
      reason,
      subject !== undefined && pipeline !== undefined
        ? html`<a href=${to(["events", pipeline, subject])}>${subject}</a>`
        : (subject ?? ""),
      message,
    ],
  }));
  return html`<${Table} caption="Dead letters, the newest first" columns=${columns} rows=${rows} />`;
}
