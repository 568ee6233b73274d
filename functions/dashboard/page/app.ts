// The frame of every view: where one can go, how Wadi is, how old that is.

import { effect } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import { count } from "../../lib/figures.ts";
import { roughly } from "../../lib/times.ts";
import { api } from "./api.ts";
import { facts } from "./facts.ts";
import { html, type Markup } from "./html.ts";
import { beginLive, connection, now, status } from "./live.ts";
import { Login } from "./login.ts";
import { Dialogs } from "./parts/ask.ts";
import { ThemeButton } from "./parts/theme.ts";
import { route, to } from "./route.ts";
import { logOut, role, token } from "./session.ts";
import { troubles } from "./troubles.ts";
import { Events } from "./views/events.ts";
import { Generator } from "./views/generator.ts";
import { Labels } from "./views/labels.ts";
import { Letters } from "./views/letters.ts";
import { Now } from "./views/now.ts";
import { Sets } from "./views/sets.ts";
import { Try } from "./views/try.ts";

interface View {
  readonly name: string;
  readonly title: string;
  readonly component: FunctionComponent;
}

/** The first one is shown where the address names none. */
const VIEWS: readonly View[] = [
  { name: "now", title: "Now", component: Now },
  { name: "sets", title: "Models", component: Sets },
  { name: "try", title: "Try it", component: Try },
  { name: "generator", title: "Generator", component: Generator },
  { name: "events", title: "Events", component: Events },
  { name: "letters", title: "Dead letters", component: Letters },
  { name: "labels", title: "Labels", component: Labels },
];

export function App(): Markup {
  if (token.value === undefined) return html`<${Login} />`;
  return html`<${Frame} key=${token.value} />`;
}

function Frame(): Markup {
  useEffect(beginLive, []);
  useEffect(() => effect(showStateInTab), []);
  useEffect(() => void learnRole(), []);
  const view = viewOf(route.value.path[0]);
  return html`
    <a class="skip" href="#main" onClick=${toMain}>To the content</a>
    <${Head} current=${view} />
    <main id="main" tabindex="-1"><${view.component} /></main>
    <${Dialogs} />`;
}

/** By hand: the hash names the view. */
function toMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function viewOf(name: string | undefined): View {
  return VIEWS.find((one) => one.name === name) ?? (VIEWS[0] as View);
}

async function learnRole(): Promise<void> {
  role.value = (await api.me().catch(() => undefined))?.role;
}

function Head({ current }: { current: View }): Markup {
  const letters = status.value?.deadLetters ?? 0;
  const badge = (name: string) =>
    name === "letters" && letters > 0
      ? html`<span class="badge" aria-label="${count(letters)} kept">${count(letters)}</span>`
      : null;
  return html`<header class="head">
    <a class="brand" href=${to([])}><img src=${facts.icons["icon-well"]} alt="" />Wadi</a>
    <nav aria-label="Views"><ul>${VIEWS.map(
      (view) => html`<li><a href=${to([view.name])} aria-current=${view === current ? "page" : undefined}>
        ${view.title}${badge(view.name)}
      </a></li>`,
    )}</ul></nav>
    <div class="side">
      <${State} />
      ${role.value === "view" && html`<span title="This token can see and not do">read-only</span>`}
      <${ThemeButton} />
      <button type="button" class="plain" onClick=${logOut}>Log out</button>
    </div>
  </header>`;
}

function State(): Markup {
  const { state, heard } = connection.value;
  const words = {
    open: "live",
    opening: "connecting",
    lost: `as of ${roughly(now.value - heard)} ago; connecting again`,
  };
  return html`<span role="status"><span class="dot ${state}"></span>${words[state]}</span>`;
}

function showStateInTab(): void {
  const { state } = connection.value;
  const found = troubles(status.value, now.value);
  const word = state === "lost" ? "no connection" : found.length > 0 ? (found[0]?.short ?? "") : "";
  document.title = [word && `${word} · `, "Wadi"].join("");
  const icon = state === "lost" ? "icon-away" : found.some(({ kind }) => kind === "bad") ? "icon-trouble" : "icon-well";
  document.querySelector('link[rel="icon"]')?.setAttribute("href", facts.icons[icon]);
}
