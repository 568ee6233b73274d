// The generator: a line whose slope turns and what the model makes of it, app sessions, or a file of one's own.

import { useState } from "preact/hooks";
import type { GeneratorRequest, Generator as GeneratorState } from "../../../admin/shapes/generator.ts";
import { count } from "../../../lib/figures.ts";
import { api } from "../api.ts";
import { type Asking, useAsked } from "../asked.ts";
import { html, type Markup } from "../html.ts";
import { since, status } from "../live.ts";
import { tried } from "../parts/ask.ts";
import { Choice } from "../parts/choice.ts";
import { Entry, FileEntry } from "../parts/entry.ts";
import { Figures } from "../parts/figure.ts";
import { Failure, Notice, Waits } from "../parts/notice.ts";
import { to } from "../route.ts";
import { role } from "../session.ts";
import { LinePlot } from "./line-plot.ts";

const EVERY_MS = 1000;
const KINDS = [
  ["line", "a line with noise"],
  ["app-sessions", "sessions of a phone app"],
  ["file", "a file of mine"],
] as const;
type Kind = (typeof KINDS)[number][0];

export function Generator(): Markup {
  return html`<div class="title"><h1>Generator</h1><p class="what">Makes events, or streams a file, and sends them the way any client's events go.</p></div>
    <${Running} />`;
}

function Running(): Markup {
  const asking = useAsked("generator", EVERY_MS, () => api.generator());
  const { value, error } = asking.value;
  if (value === undefined) return error === undefined ? html`<${Waits} />` : html`<${Failure} error=${error} />`;
  return html`<div class="cards">
    <section class="card"><h2>${value.state === "runs" ? "Running" : "Start one"}</h2>
      <${Failure} error=${error} />
      ${value.state === "runs" ? html`<${Turn} state=${value} asking=${asking} />` : html`<${Start} asking=${asking} />`}
      <${Told} state=${value} />
    </section>
    ${value.points && value.points.length > 1 && html`<section class="card"><h2>The line, and what is made of it</h2><${LinePlot} state=${value} /></section>`}
  </div>`;
}

function nameOf(from: GeneratorState["from"]): string {
  return KINDS.find(([kind]) => kind === from)?.[1] ?? "";
}

function labelsNote(labels: number, waiting: number): string {
  if (waiting > 0) return `${count(waiting)} are to come`;
  return labels === 0 ? "they come with their observations" : "";
}

function Told({ state }: { state: GeneratorState }): Markup | null {
  if (state.state === "idle") return null;
  const { from, pipeline, rows, observations, labels, refused, waitingLabels, startedAt, error } = state;
  const figures = [
    {
      name: "state",
      value: state.state,
      note: startedAt === undefined ? "" : `started ${since(startedAt)}`,
      ...(state.state === "failed" && { kind: "bad" as const }),
    },
    { name: "rows", value: count(rows), note: `from ${nameOf(from)}, to pipeline ${pipeline ?? ""}` },
    { name: "observations", value: count(observations) },
    { name: "labels by themselves", value: count(labels), note: labelsNote(labels, waitingLabels) },
    refused > 0 && { name: "refused", value: count(refused), kind: "bad" as const },
  ];
  return html`<h3>What it has sent</h3><${Figures} figures=${figures} />
    ${error !== undefined && html`<${Notice} kind="bad">${error}</${Notice}>`}
    ${pipeline !== undefined && html`<p><a href=${from === "file" ? to(["sets"], { prefix: pipeline }) : to(["sets", pipeline])}>What is learned from it</a></p>`}`;
}

interface LineTexts {
  readonly beta: string;
  readonly sigma: string;
  readonly rate: string;
}

function LineEntries({ texts, change }: { texts: LineTexts; change(more: Partial<LineTexts>): void }): Markup {
  return html`
    <${Entry} name="Slope" type="number" step="any" value=${texts.beta} typed=${(beta: string) => change({ beta })} required />
    <${Entry} name="Noise (standard deviation)" type="number" step="any" min=${0} value=${texts.sigma} typed=${(sigma: string) => change({ sigma })} required />`;
}

function Turn({ state, asking }: { state: GeneratorState; asking: Asking<GeneratorState> }): Markup {
  const { line, rate = 100 } = state;
  const [texts, setTexts] = useState({
    beta: String(line?.beta ?? 1),
    sigma: String(line?.sigma ?? 1),
    rate: String(rate),
  });
  const change = (more: Partial<LineTexts>) => setTexts({ ...texts, ...more });
  const turnTo = async ({ beta, sigma, rate: wanted }: LineTexts) => {
    const turned = line === undefined ? {} : { line: { beta: Number(beta), sigma: Number(sigma) } };
    await tried(() => api.turnGenerator({ rate: Number(wanted), ...turned }));
    asking.again();
  };
  const turn = (event: Event) => {
    event.preventDefault();
    void turnTo(texts);
  };
  const turnRound = () => {
    const round = { ...texts, beta: String(-Number(texts.beta)) };
    setTexts(round);
    void turnTo(round);
  };
  const stop = async () => {
    await tried(() => api.stopGenerator());
    asking.again();
  };
  if (role.value !== "admin") return html`<p>It runs.</p>`;
  return html`<form onSubmit=${turn}>
    <div class="form">
      ${line !== undefined && html`<${LineEntries} texts=${texts} change=${change} />`}
      <${Entry} name="Rows a second" type="number" min=${0.1} max=${5000} step="any" value=${texts.rate} typed=${(one: string) => change({ rate: one })} required />
    </div>
    <div class="buttons">
      <button class="do">Apply</button>
      ${line !== undefined && html`<button type="button" onClick=${turnRound}>Turn the slope round</button>`}
      <button type="button" onClick=${() => void stop()}>Stop</button>
    </div>
  </form>`;
}

function Start({ asking }: { asking: Asking<GeneratorState> }): Markup | null {
  const pipelines = status.value?.pipelines ?? [];
  const [kind, setKind] = useState<Kind>("line");
  const [texts, setTexts] = useState({
    beta: "2",
    sigma: "1",
    rate: "100",
    n: "",
    users: "1000",
    late: "",
    time: "",
    pipeline: "",
  });
  const [file, setFile] = useState<File | undefined>(undefined);
  const change = (more: Partial<typeof texts>) => setTexts({ ...texts, ...more });
  if (role.value !== "admin")
    return html`<p class="quiet">Nothing is being generated. This token can see and not do.</p>`;
  const pipeline = kind === "file" ? texts.pipeline || pipelines[0] || "" : kind;
  const start = async (event: Event) => {
    event.preventDefault();
    const request = await requestOf(kind, pipeline, texts, file);
    if (request !== undefined) await tried(() => api.startGenerator(request));
    asking.again();
  };
  return html`<form onSubmit=${(event: Event) => void start(event)}>
    <div class="form">
      <${Choice} name="What" value=${kind} of=${KINDS} choose=${(one: string) => setKind(one as Kind)} />
      ${kind === "line" && html`<${LineEntries} texts=${texts} change=${change} />`}
      ${kind === "app-sessions" && html`<${Entry} name="Users" type="number" min=${1} value=${texts.users} typed=${(users: string) => change({ users })} required />`}
      ${
        kind === "file" &&
        html`
        <${Choice} name="Pipeline" value=${pipeline} of=${pipelines.map((name) => [name, name])} choose=${(one: string) => change({ pipeline: one })} />
        <${FileEntry} name="File (CSV, NDJSON or JSON)" accept=".csv,.ndjson,.jsonl,.json" chosen=${setFile} />
        <${Entry} name="Column of the time" placeholder="none" value=${texts.time} typed=${(time: string) => change({ time })} />
        <${Entry} name="Late labels" placeholder="10, 30m, column:arrived" value=${texts.late} typed=${(late: string) => change({ late })} />`
      }
      <${Entry} name="Rows a second" type="number" min=${0.1} max=${5000} step="any" value=${texts.rate} typed=${(rate: string) => change({ rate })} required />
      ${kind !== "file" && html`<${Entry} name="Rows" placeholder="until it is stopped" type="number" min=${1} value=${texts.n} typed=${(n: string) => change({ n })} />`}
    </div>
    <div class="buttons"><button class="do">Start</button></div>
  </form>`;
}

interface Typed {
  readonly beta: string;
  readonly sigma: string;
  readonly rate: string;
  readonly n: string;
  readonly users: string;
  readonly late: string;
  readonly time: string;
}

async function requestOf(
  kind: Kind,
  pipeline: string,
  texts: Typed,
  file: File | undefined,
): Promise<GeneratorRequest | undefined> {
  const { beta, sigma, rate, n, users, late, time } = texts;
  const request: GeneratorRequest = {
    pipeline,
    from: kind,
    rate: Number(rate),
    ...(n !== "" && kind !== "file" && { n: Number(n) }),
  };
  if (kind === "line") return { ...request, line: { beta: Number(beta), sigma: Number(sigma) } };
  if (kind === "app-sessions") return { ...request, users: Number(users) };
  if (file === undefined) return undefined;
  const given = { name: file.name, text: await file.text(), ...(time !== "" && { time }) };
  return { ...request, file: given, ...(late !== "" && { lateLabels: late }) };
}
