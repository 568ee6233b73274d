// A text or a number that is typed, with its name above it.

import { type Children, html, type Markup } from "../html.ts";

interface EntryProps {
  readonly name: Children;
  readonly value: string;
  readonly type?: "text" | "number" | "search" | "datetime-local";
  readonly placeholder?: string;
  readonly step?: string;
  readonly min?: number;
  readonly max?: number;
  readonly required?: boolean;
  typed(value: string): void;
}

export function Entry({ name, typed, type = "text", ...rest }: EntryProps): Markup {
  const input = (event: Event) => typed((event.target as HTMLInputElement).value);
  return html`<label>${name}<input type=${type} autocomplete="off" onInput=${input} ...${rest} /></label>`;
}
