// What is typed or chosen as a file, with its name above it.

import { useId } from "preact/hooks";
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
  /** Below it. */
  readonly hint?: string;
  /** That can be chosen; another one can be typed. */
  readonly known?: readonly string[];
  typed(value: string): void;
}

export function Entry({ name, typed, type = "text", hint = "", known = [], ...rest }: EntryProps): Markup {
  const id = useId();
  const below = {
    ...(hint !== "" && { "aria-describedby": `${id}-hint` }),
    ...(known.length > 0 && { list: `${id}-known` }),
  };
  const input = (event: Event) => typed((event.target as HTMLInputElement).value);
  return html`<div class="field"><label for=${id}>${name}</label>
    <input id=${id} type=${type} autocomplete="off" onInput=${input} ...${rest} ...${below} />
    ${known.length > 0 && html`<datalist id="${id}-known">${known.map((one) => html`<option value=${one}></option>`)}</datalist>`}
    <${Hint} id=${id} text=${hint} />
  </div>`;
}

export function Hint({ id, text }: { id: string; text: string }): Markup | null {
  return text === "" ? null : html`<small class="hint" id="${id}-hint">${text}</small>`;
}

interface FileEntryProps {
  readonly name: string;
  /** Endings, `.csv,.json`. */
  readonly accept: string;
  chosen(file: File | undefined): void;
}

export function FileEntry({ name, accept, chosen }: FileEntryProps): Markup {
  const id = useId();
  const change = (event: Event) => chosen((event.target as HTMLInputElement).files?.[0]);
  return html`<div class="field"><label for=${id}>${name}</label>
    <input id=${id} type="file" required accept=${accept} onChange=${change} />
  </div>`;
}
