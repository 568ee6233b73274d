// The history of a model set as a chart takes it: points, and what happened between them.

import type { HistoryPoint } from "../../../../admin/shapes/history.ts";
import type { ModelSetDetail } from "../../../../admin/shapes/shapes.ts";
import { count } from "../../../../lib/figures.ts";
import type { Mark } from "../../parts/chart.ts";

/** What a view knows of a set. */
export interface Known {
  readonly detail: ModelSetDetail;
  /** Oldest first. */
  readonly points: readonly HistoryPoint[];
}

/** A mark with the point at which it happened. */
export interface Happening extends Omit<Mark, "x"> {
  readonly point: HistoryPoint;
}

/** As many as a page holds; the memory of a tab stays flat. */
const MOST_POINTS = 20_000;

/** With those that came since, newest first as the API has them; the oldest go where there are too many. */
export function grown(known: readonly HistoryPoint[], newestFirst: readonly HistoryPoint[]): readonly HistoryPoint[] {
  const last = known.at(-1)?.version ?? 0;
  const fresh = newestFirst.filter(({ version }) => version > last).reverse();
  return fresh.length === 0 ? known : [...known, ...fresh].slice(-MOST_POINTS);
}

/** Oldest first. */
export function happenings(points: readonly HistoryPoint[]): readonly Happening[] {
  return points.flatMap((point, i) => [...told(point), ...seen(point, points[i - 1])]);
}

/** What the commit itself says. */
function told(point: HistoryPoint): Happening[] {
  const { champion, drift = [], restarted = [] } = point;
  return [
    ...drift.map(({ model, detector, change, challenger }): Happening => {
      const began = challenger === undefined ? "" : `; ${challenger} began to learn anew beside it`;
      const text = `drift: the error of ${model} ${change === "rise" ? "rose" : "fell"}, by ${detector}${began}`;
      return { point, kind: change === "rise" ? "warn" : "plain", text };
    }),
    ...restarted.map(
      ({ model, challenger, why }): Happening => ({
        point,
        kind: "good",
        text: `${challenger} replaced ${model}: ${why}`,
      }),
    ),
    ...(champion === undefined
      ? []
      : [{ point, kind: "good", text: `${champion.to} serves instead of ${champion.from}: ${champion.why}` } as const]),
  ];
}

/** What two points in a row show. */
function seen(point: HistoryPoint, before: HistoryPoint | undefined): Happening[] {
  if (before === undefined) return [];
  const [old, fresh] = [Object.keys(before.metrics), Object.keys(point.metrics)];
  const added = fresh.filter((name) => !old.includes(name));
  const removed = old.filter((name) => !fresh.includes(name));
  const isChallenger = [...added, ...removed].every((name) => name.includes("@"));
  const changed = [
    added.length > 0 && `with ${added.join(", ")}`,
    removed.length > 0 && `without ${removed.join(", ")}`,
  ];
  const words = changed.filter(Boolean).join(", ");
  return [
    ...(point.count < before.count
      ? [
          {
            point,
            kind: "warn",
            text: `rollback: from ${count(before.count)} examples to ${count(point.count)}`,
          } as const,
        ]
      : []),
    ...(words === "" || isChallenger ? [] : [{ point, kind: "plain", text: `a new pipeline file: ${words}` } as const]),
  ];
}
