// One of several, as a select with its name above it.

import { useId } from "preact/hooks";
import { type Children, html, type Markup } from "../html.ts";
import { Hint } from "./entry.ts";

interface ChoiceProps {
  readonly name: Children;
  readonly value: string;
  /** Value and title. */
  readonly of: readonly (readonly [string, string])[];
  /** Below it. */
  readonly hint?: string;
  choose(value: string): void;
}

export function Choice({ name, value, of, hint = "", choose }: ChoiceProps): Markup {
  const id = useId();
  const change = (event: Event) => choose((event.target as HTMLSelectElement).value);
  return html`<div class="field"><label for=${id}>${name}</label>
    <select id=${id} value=${value} onChange=${change} aria-describedby=${hint === "" ? undefined : `${id}-hint`}>${of.map(([one, title]) => html`<option value=${one}>${title}</option>`)}</select>
    <${Hint} id=${id} text=${hint} />
  </div>`;
}
