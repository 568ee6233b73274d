// What a replay was asked for: whether it makes sense here, and where in the log it begins and ends.

import { type EventLog, type LogPosition, parsePosition } from "../../lib/broker/event-log.ts";
import { RejectedError } from "../../lib/errors.ts";
import { parseTimestamp } from "../../lib/pipeline/record/timestamp.ts";
import type { Generations } from "../../lib/store/generations.ts";
import type { StateReader } from "../../lib/store/store.ts";
import type { ReplayRequest } from "../shapes/replays.ts";
import { together } from "./together.ts";

/** @throws RejectedError. */
export function checkRequest({ into, gap, promote: promotes, to, fromArchive }: ReplayRequest): void {
  if ((into === undefined) !== (gap === true)) {
    throw refused("into", "name the generation to fill (into), or ask for the gap (gap), one of the two");
  }
  if (fromArchive === true && into === undefined) throw refused("fromArchive", "fills a generation (into)");
  if (promotes === true && into === undefined) throw refused("promote", "is of a generation (into)");
  if (promotes === true && to !== undefined && to !== "end") {
    throw refused("to", "must be the end where the generation is to be put in force: else it would lack the rest");
  }
}

/**
 * The sets in which the generation is in force: there it learns from the stream, and a replay would add to what is in force.
 * A replay into it is for the other sets, where a promotion was interrupted before it reached them.
 * @throws RejectedError where it is in force in some and not begun in any other.
 */
export async function whereInForce(
  models: StateReader & Pick<Generations, "loadGeneration">,
  { into }: ReplayRequest,
  sets: readonly string[],
): Promise<readonly string[]> {
  if (into === undefined) return [];
  const heads = await together(sets, (set) => models.head(set));
  const found = sets.filter((_, i) => heads[i]?.generation === into);
  const [first] = found;
  if (first === undefined) return [];
  for (const [i, set] of sets.entries()) {
    if (heads[i]?.generation === into) continue;
    if ((await models.loadGeneration(set, into)).version > 0) return found;
  }
  throw refused("into", `${into} is in force in ${first} already: name another generation`);
}

/** Of a gap the whole log is the default, too: what was committed since a loss hides where it began. @throws RejectedError. */
export async function rangeOf(log: EventLog, request: ReplayRequest): Promise<{ from: LogPosition; to: LogPosition }> {
  const from = await positionOf(log, request.from ?? "start", "from");
  const to = await positionOf(log, request.to ?? "end", "to");
  if (from.length === to.length) return { from, to };
  throw refused("from", `names ${from.length} partitions; the log has ${to.length}`);
}

async function positionOf(log: EventLog, text: string, field: "from" | "to"): Promise<LogPosition> {
  if (text === "start") return log.start();
  if (text === "end") return log.end();
  const position = parsePosition(text);
  if (position !== undefined) return position;
  const time = parseTimestamp(text);
  if (time !== undefined) return log.at(time);
  throw refused(
    field,
    `is ${JSON.stringify(text)}; write start, end, a time like 2026-01-31T08:30:00Z, or a position like 17`,
  );
}

function refused(field: string, problem: string): RejectedError {
  return new RejectedError("request", `body.${field} ${problem}`, [{ path: `body.${field}`, problem }]);
}
