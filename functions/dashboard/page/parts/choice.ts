// One of several, as a select with its name above it.

import { html, type Markup } from "../html.ts";

interface ChoiceProps {
  readonly name: string;
  readonly value: string;
  /** Value and title. */
  readonly of: readonly (readonly [string, string])[];
  choose(value: string): void;
}

export function Choice({ name, value, of, choose }: ChoiceProps): Markup {
  const change = (event: Event) => choose((event.target as HTMLSelectElement).value);
  return html`<label>${name}
    <select value=${value} onChange=${change}>${of.map(([one, title]) => html`<option value=${one}>${title}</option>`)}</select>
  </label>`;
}
