// What is said in a box: a failure with its cure, nothing yet, something to know.

import { type ApiError, OutdatedError } from "../api-error.ts";
import { type Children, html, type Markup } from "../html.ts";
import { connection } from "../live.ts";

type Kind = "bad" | "warn" | "good" | "plain";

export function Notice({ kind = "plain", children }: { kind?: Kind; children?: Children }): Markup {
  return html`<div class="notice ${kind}" role=${kind === "bad" ? "alert" : "status"}>${children}</div>`;
}

/** Nothing where the connection is lost and what was there before is shown: the head of the page says how old that is. */
export function Failure({ error }: { error: ApiError | undefined }): Markup | null {
  if (error === undefined || (error instanceof OutdatedError && connection.value.state === "lost")) return null;
  const fields = error.fields.map(({ path, problem }) => html`<li><code>${path}</code> ${problem}</li>`);
  return html`<${Notice} kind="bad">
    <p>${error.message}</p>
    ${fields.length > 0 && !fieldsAreSaid(error) && html`<ul>${fields}</ul>`}
  </${Notice}>`;
}

function fieldsAreSaid({ message, fields }: ApiError): boolean {
  return fields.every(({ problem }) => message.includes(problem));
}

export function Empty({ children }: { children?: Children }): Markup {
  return html`<p class="empty">${children}</p>`;
}

export function Waits(): Markup {
  return html`<p class="waits" role="status">Loading …</p>`;
}
