// Dark or light: as the system has it, unless this reader chose.

import { signal } from "@preact/signals";
import { html, type Markup } from "../html.ts";

const KEY = "wadi-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

type Theme = "dark" | "light";

export const theme = signal<Theme>(current());

dark.addEventListener("change", () => {
  theme.value = current();
});

theme.subscribe((value) => {
  document.documentElement.dataset["theme"] = value;
});

/** Of the theme in force: `--ink`. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function current(): Theme {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "dark" || chosen === "light") return chosen;
  return dark.matches ? "dark" : "light";
}

export function ThemeButton(): Markup {
  const other: Theme = theme.value === "dark" ? "light" : "dark";
  const choose = () => {
    localStorage.setItem(KEY, other);
    theme.value = other;
  };
  return html`<button type="button" class="plain" onClick=${choose} aria-label="Use the ${other} theme">
    ${other === "dark" ? "◐" : "◑"}
  </button>`;
}
