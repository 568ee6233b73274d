// The `source` of events, where nobody gives one. The same input has the same source, whoever sends it: so nothing is learned
// twice.

import type { AppSessionsOptions } from "./generators/app-sessions/app-sessions.ts";
import type { LineOptions } from "./generators/line.ts";

export function fileSource(name: string): string {
  return `/emit/${encodeURIComponent(name.toWellFormed())}`;
}

/** A line with other options has another source, since its rows differ. */
export function lineSource({ beta, sigma, seed, change }: Omit<LineOptions, "n">): string {
  const later = change === undefined ? {} : { "then-beta": String(change.beta), "then-at": String(change.at) };
  const query = new URLSearchParams({ beta: String(beta), sigma: String(sigma), seed: String(seed), ...later });
  return `/emit/line?${query}`;
}

/** As of a line. */
export function sessionsSource({ users, seed, thenAt }: AppSessionsOptions): string {
  const later = thenAt === undefined ? {} : { "then-at": String(thenAt) };
  return `/emit/app-sessions?${new URLSearchParams({ users: String(users), seed: String(seed), ...later })}`;
}
