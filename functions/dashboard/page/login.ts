// Who comes without a token, or with one that is not right any more.

import { useState } from "preact/hooks";
import { html, type Markup } from "./html.ts";
import { Notice } from "./parts/notice.ts";
import { isRefused, logIn } from "./session.ts";

export function Login(): Markup {
  const [text, setText] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim() !== "") logIn(text.trim());
  };
  return html`<main class="login"><div class="card">
    <h1>Wadi</h1>
    <p>This page needs the token of the admin API. <code>wadi page</code> prints a link that has it.</p>
    <form onSubmit=${submit}>
      <label for="token">Token</label>
      <input id="token" type="password" autocomplete="off" value=${text} aria-invalid=${isRefused.value}
        onInput=${(event: Event) => setText((event.target as HTMLInputElement).value)} />
      <div class="buttons"><button class="do">Log in</button></div>
    </form>
    ${isRefused.value && html`<${Notice} kind="bad">That is not the token of this Wadi.</${Notice}>`}
    <p class="quiet">A Wadi that was started on new data has a new token: <code>wadi page</code> prints the link again.</p>
    <p class="quiet">The token lies in the data folder, too (<code>admin-token</code>), and is kept for this tab alone.</p>
  </div></main>`;
}
