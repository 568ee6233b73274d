// Which dead letters are selected: by number, by a filter, or all.

import type { Command } from "commander";
import type { Admin } from "../../admin/admin.ts";
import type { DeadLetterQuery, DeadLetterSummary } from "../../admin/shapes/shapes.ts";
import { UsageError } from "../../lib/failure.ts";
import { nearest } from "../../lib/nearest.ts";
import { readMoment, wholeNumber } from "../option-values.ts";

export interface FilterFlags {
  readonly reason?: string;
  readonly step?: string;
  readonly pipeline?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
}

export interface SelectionFlags extends FilterFlags {
  readonly all?: boolean;
}

type Filter = Pick<DeadLetterQuery, "reason" | "step" | "pipeline" | "since" | "until">;

/** Given numbers, or those that match a filter, the oldest first up to a limit. */
export type Selection =
  | { readonly kind: "numbers"; readonly numbers: readonly number[] }
  | { readonly kind: "filter"; readonly filter: Filter; readonly limit: number };

/** The API's own bound. */
export const BATCH = 1000;

export function withFilterOptions(command: Command): Command {
  return command
    .optionsGroup("Which dead letters:")
    .option("--reason <reason>", "with this reason, such as schema")
    .option("--step <name>", "of this step: validate, featurize, predict or learn")
    .option("--pipeline <name>", "whose event names this pipeline")
    .option("--since <time>", "from this time on: 2h, 3d (that long ago), or 2026-01-31T08:30:00Z")
    .option("--until <time>", "before this time");
}

export function readFilter({ reason, step, pipeline, since, until }: FilterFlags, now: number): Filter {
  const filter = {
    ...(reason !== undefined && { reason }),
    ...(step !== undefined && { step }),
    ...(pipeline !== undefined && { pipeline }),
    ...(since !== undefined && { since: readMoment("--since", since, now) }),
    ...(until !== undefined && { until: readMoment("--until", until, now) }),
  };
  if (filter.since !== undefined && filter.until !== undefined && filter.since >= filter.until) {
    throw new UsageError("--since is later than --until; swap them");
  }
  return filter;
}

/** An empty selection never means all. @throws UsageError. */
export function readSelection(texts: readonly string[], flags: SelectionFlags, now: number): Selection {
  const filter = readFilter(flags, now);
  const filtered = Object.keys(filter).length > 0;
  const limit = flags.limit === undefined ? Number.POSITIVE_INFINITY : wholeNumber("--limit", flags.limit, 1);
  if (texts.length > 0) {
    if (filtered || flags.all === true || flags.limit !== undefined) {
      throw new UsageError("give either numbers, or a filter, or --all");
    }
    const numbers = texts.map((text) => wholeNumber("a dead letter's number", text, 1));
    return { kind: "numbers", numbers: [...new Set(numbers)].sort((a, b) => a - b) };
  }
  if (!filtered && flags.all !== true) {
    throw new UsageError("which ones? give their numbers (wadi dlq list), a filter such as --reason schema, or --all");
  }
  return { kind: "filter", filter, limit };
}

/** Newest first, up to `limit`, over all pages. */
export async function listDeadLetters(
  admin: Admin,
  filter: Filter,
  limit: number,
): Promise<{ readonly items: readonly DeadLetterSummary[]; readonly next?: string }> {
  const items: DeadLetterSummary[] = [];
  for (let after: string | undefined; ; ) {
    const wanted = Math.min(BATCH, limit - items.length);
    const page = await admin.deadLetters({ ...filter, limit: wanted, ...(after !== undefined && { after }) });
    items.push(...page.items);
    if (page.next === undefined) return { items };
    if (items.length >= limit) return { items, next: page.next };
    after = page.next;
  }
}

const NAMES = ["reason", "step", "pipeline"] as const;

/** For a filter that matches nothing: the reason, step or pipeline that was probably meant; "" where none is similar. */
export async function filterMeant(admin: Admin, filter: Filter): Promise<string> {
  if (NAMES.every((name) => filter[name] === undefined)) return "";
  const { items } = await listDeadLetters(admin, {}, BATCH);
  for (const name of NAMES) {
    const given = filter[name];
    const there = new Set(items.flatMap((letter) => letter[name] ?? []));
    const meant = given === undefined || there.has(given) ? undefined : nearest(given, there);
    if (meant !== undefined) return `did you mean --${name} ${meant}?`;
  }
  return "";
}

/**
 * The numbers of the present dead letters, oldest first. They are fixed before anything is done: one that is sent again may
 * fail again and become a new dead letter, and so on without end.
 */
export async function selected(admin: Admin, selection: Selection): Promise<readonly number[]> {
  if (selection.kind === "numbers") return selection.numbers;
  const { items } = await listDeadLetters(admin, selection.filter, Number.POSITIVE_INFINITY);
  return items
    .map(({ number }) => number)
    .sort((a, b) => a - b)
    .slice(0, selection.limit);
}
