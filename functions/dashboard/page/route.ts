// Which view is shown: `#/sets/flights?metric=mae`. All of it is in the hash, so that a name of a user's never comes to a log.

import { computed, signal } from "@preact/signals";

export interface Route {
  /** Segments, decoded; the first one names the view. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const route = computed(() => parse(hash.value));

/** The address of a view, for a link. */
export function to(path: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => (entry[1] ?? "") !== "");
  const text = given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
  return `#/${path.map(encodeURIComponent).join("/")}${text}`;
}

/** Goes there; `replace` leaves no step behind it. */
export function go(address: string, replace = false): void {
  if (replace) history.replaceState(undefined, "", address);
  else history.pushState(undefined, "", address);
  hash.value = address;
}

function parse(text: string): Route {
  const [path = "", query = ""] = text.replace(/^#\/?/, "").split("?");
  const segments = path.split("/").filter((segment) => segment !== "");
  return { path: segments.map(decoded), query: Object.fromEntries(new URLSearchParams(query)) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
