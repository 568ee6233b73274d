// The versions that the history of a model set tells, for lineage.ts.

import type { HistoryPoint } from "../../lib/store/snapshots.ts";
import type { Ancestor } from "../lineage.ts";
import { historyOf } from "./stored-state.ts";

/** In the order of the points; those that cannot be read are left out. */
export function ancestorsOf(points: readonly HistoryPoint[]): readonly Ancestor[] {
  return points.flatMap((stored) => {
    const [point] = historyOf([stored]);
    if (point === undefined) return [];
    const { version, count, restored } = point;
    return [restored === undefined ? { version, count } : { version, count, restored }];
  });
}
