// The token: from the link that `wadi start` prints (`#token=...`), or typed. It is kept for this tab alone, leaves the address at
// once, and is sent in a header, never in an address.

import { signal } from "@preact/signals";

const KEY = "wadi-token";

export const token = signal<string | undefined>(undefined);
/** Whether the last token that was tried is not the one of this Wadi. */
export const isRefused = signal(false);
/** What the token may do; undefined before it is known. */
export const role = signal<"admin" | "view" | undefined>(undefined);

/** Takes the token of the address, if there is one, and else the one that this tab has kept. */
export function beginSession(): void {
  const [, given] = /^#token=([^&]+)/.exec(location.hash) ?? [];
  if (given === undefined) {
    token.value = sessionStorage.getItem(KEY) ?? undefined;
    return;
  }
  history.replaceState(undefined, "", `${location.pathname}#/`);
  logIn(decoded(given));
}

/** What is no percent-encoding is taken as it stands, and refused as any wrong token. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function logIn(given: string): void {
  sessionStorage.setItem(KEY, given);
  isRefused.value = false;
  token.value = given;
}

export function logOut(): void {
  sessionStorage.removeItem(KEY);
  token.value = undefined;
  role.value = undefined;
}

/** The API does not take the token. */
export function refuse(): void {
  logOut();
  isRefused.value = true;
}
