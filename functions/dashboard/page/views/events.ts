// The tail of events, which can be held and goes on from there; and one observation's whole life.

import { signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { EventTailQuery, TailEvent } from "../../../admin/shapes/events.ts";
import { plural } from "../../../lib/figures.ts";
import { api } from "../api.ts";
import type { ApiError } from "../api-error.ts";
import { notLoaded } from "../asked.ts";
import { html, type Markup } from "../html.ts";
import { status } from "../live.ts";
import { Choice } from "../parts/choice.ts";
import { Entry } from "../parts/entry.ts";
import { Empty, Failure, Notice } from "../parts/notice.ts";
import { Table } from "../parts/table.ts";
import { go, route, to } from "../route.ts";
import { Life } from "./life.ts";

const EVERY_MS = 1000;
const SHOWN = 200;
/** Nobody keeps events there, and nobody will. */
const NO_TAIL = 501;
const NOT_FOUND = 404;
/** The most that an answer has: who is further behind goes to the end. */
const FULL = 1000;
const TYPES = [
  "observation",
  "label",
  "observation.validated",
  "label.validated",
  "features.extracted",
  "example.labelled",
  "prediction.made",
  "model.updated",
];
const OUTCOMES = [
  ["", "all"],
  ["received", "received"],
  ["derived", "derived"],
  ["dead-letter", "given up"],
] as const;

export function Events(): Markup {
  const { path, query } = route.value;
  const [, pipeline, subject] = path;
  if (pipeline !== undefined && subject !== undefined) {
    return html`<div class="title"><h1>${subject}</h1><p class="what">an observation of ${pipeline}</p></div>
      <section class="card"><h2>Its life</h2><${Life} key=${`${pipeline} ${subject}`} pipeline=${pipeline} subject=${subject} /></section>`;
  }
  return html`<div class="title"><h1>Events</h1><p class="what">What comes in, and what the steps make of it.</p></div>
    <section class="card"><h2>Follow one</h2><${Follow} /></section>
    <section class="card"><h2>The tail</h2><${Tail} key=${JSON.stringify(query)} query=${query} /></section>`;
}

/** One subject may be of several pipelines. */
interface Search {
  readonly subject: string;
  readonly found: readonly string[];
  readonly error?: ApiError;
}

function Follow(): Markup {
  const pipelines = status.value?.pipelines ?? [];
  const [pipeline, choose] = useState("");
  const [subject, setSubject] = useState("");
  const [search, setSearch] = useState<Search | undefined>(undefined);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (subject === "") return;
    if (pipeline !== "") return go(to(["events", pipeline, subject]));
    const done = await searched(pipelines, subject);
    const [only, ...more] = done.found;
    if (only !== undefined && more.length === 0) go(to(["events", only, subject]));
    else setSearch(done);
  };
  return html`<form class="filters" onSubmit=${(event: Event) => void submit(event)}>
    <${Choice} name="Pipeline" value=${pipeline} of=${[["", "all"], ...pipelines.map((name) => [name, name])]} choose=${choose} />
    <${Entry} name="Subject, or the event's id" value=${subject} typed=${setSubject} />
    <button class="do">Follow</button>
  </form>
  ${search && html`<${Found} search=${search} />`}`;
}

function Found({ search: { subject, found, error } }: { search: Search }): Markup {
  if (error !== undefined) return html`<${Failure} error=${error} />`;
  if (found.length === 0)
    return html`<${Notice} kind="warn">No pipeline keeps anything of ${subject}: it has not come, is still under way, or its time is over.</${Notice}>`;
  return html`<p>${subject} is of several pipelines: ${found.map((name, i) => html`${i > 0 && ", "}<a href=${to(["events", name, subject])}>${name}</a>`)}</p>`;
}

async function searched(pipelines: readonly string[], subject: string): Promise<Search> {
  try {
    const found = [];
    for (const name of pipelines) if (await isKept(name, subject)) found.push(name);
    return { subject, found };
  } catch (error) {
    return { subject, found: [], error: error as ApiError };
  }
}

async function isKept(pipeline: string, subject: string): Promise<boolean> {
  try {
    await api.trace(pipeline, subject);
    return true;
  } catch (error) {
    if ((error as ApiError).status === NOT_FOUND) return false;
    throw error;
  }
}

interface TailState {
  readonly items: readonly TailEvent[];
  readonly missed: number;
  /** Where it goes on. */
  readonly after?: number;
  readonly error?: ApiError | undefined;
}

function Tail({ query }: { query: Readonly<Record<string, string>> }): Markup {
  const [held, hold] = useState(false);
  const filter = useMemo(() => filterOf(query), []);
  const state = useMemo(() => signal<TailState>({ items: [], missed: 0 }), []);
  useEffect(() => {
    if (held) return undefined;
    return every(async (isWanted) => {
      const next = await grown(state.value, filter);
      // What came while it was being held is asked for again later.
      if (isWanted()) state.value = next;
      return next.error?.status !== NO_TAIL;
    });
  }, [held]);
  const { items, missed, error } = state.value;
  if (error?.status === NO_TAIL) return html`<${Failure} error=${error} />`;
  const change = (name: string) => (value: string) => go(to(["events"], { ...query, [name]: value }), true);
  return html`<div>
    <div class="filters">
      <${Choice} name="Type" value=${query["type"] ?? ""} of=${[["", "all"], ...TYPES.map((type) => [type, type])]} choose=${change("type")} />
      <${Choice} name="Pipeline" value=${query["pipeline"] ?? ""} of=${[["", "all"], ...(status.value?.pipelines ?? []).map((one) => [one, one])]} choose=${change("pipeline")} />
      <${Choice} name="Outcome" value=${query["outcome"] ?? ""} of=${OUTCOMES} choose=${change("outcome")} />
      <button type="button" aria-pressed=${held} onClick=${() => hold(!held)}>${held ? "Resume" : "Pause"}</button>
    </div>
    <${Failure} error=${error} />
    ${missed > 0 && html`<${Notice} kind="warn">${plural(missed, "event")} went by unseen: they came faster than a page can show.</${Notice}>`}
    ${items.length > 0 ? html`<${Rows} items=${items} />` : error === undefined && html`<${Empty}>Nothing has come yet.</${Empty}>`}
  </div>`;
}

function filterOf({ type, pipeline, outcome }: Readonly<Record<string, string>>): EventTailQuery {
  return {
    ...(type && { type: `dev.wadi.${type}` }),
    ...(pipeline && { pipeline }),
    ...(outcome && { outcome: outcome as NonNullable<EventTailQuery["outcome"]> }),
  };
}

/** What is there, and what has come since; newest first. */
async function grown(before: TailState, filter: EventTailQuery): Promise<TailState> {
  const { after } = before;
  try {
    let tail = await api.events({ ...filter, limit: FULL, ...(after !== undefined && { after }) });
    let missed = after === undefined ? 0 : tail.missed;
    if (after !== undefined && tail.items.length === FULL) {
      tail = await api.events({ ...filter, limit: SHOWN });
      missed += Math.max(0, (tail.items[0]?.number ?? after) - after - 1);
    }
    const items = [...[...tail.items].reverse(), ...before.items].slice(0, SHOWN);
    return { items, missed: before.missed + missed, after: tail.next };
  } catch (error) {
    return { ...before, error: notLoaded(error as ApiError, before.items.length > 0) };
  }
}

/** Until the answer is called, or the work says that it has no more to do; never two at once. */
function every(work: (isWanted: () => boolean) => Promise<boolean>): () => void {
  let wanted = true;
  let timer = 0;
  const again = async () => {
    const goesOn = await work(() => wanted);
    if (wanted && goesOn) timer = window.setTimeout(again, EVERY_MS);
  };
  void again();
  return () => {
    wanted = false;
    clearTimeout(timer);
  };
}

function Rows({ items }: { items: readonly TailEvent[] }): Markup {
  const columns = [
    { title: "time" },
    { title: "type" },
    { title: "pipeline" },
    { title: "observation" },
    { title: "what" },
  ];
  const rows = items.map(({ number, time, outcome, type, pipeline, subject, detail, step }) => ({
    key: number,
    cells: [
      clockText(time),
      html`<span class=${outcome === "dead-letter" ? "bad-ink" : ""}>${outcome === "dead-letter" ? `given up by ${step}` : type.replace("dev.wadi.", "")}</span>`,
      pipeline ?? "",
      subject !== undefined && pipeline !== undefined
        ? html`<a href=${to(["events", pipeline, subject])}>${subject}</a>`
        : (subject ?? ""),
      detail,
    ],
  }));
  return html`<div class="tail"><${Table} caption="Events, the newest first" columns=${columns} rows=${rows} /></div>`;
}

function clockText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}
