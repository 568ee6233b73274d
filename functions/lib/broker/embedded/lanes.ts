// The lanes of a broker, one a trigger.

import { ConfigurationError } from "../../errors.ts";
import type { Subscriber, Trigger } from "../broker.ts";
import type { LaneHost } from "../lane.ts";
import { OrderedLane } from "../ordered-lane.ts";
import { UnorderedLane } from "../unordered-lane.ts";
import type { Lane, Ledger } from "./ledger.ts";
import { Supply } from "./supply.ts";

export interface Subscription {
  readonly trigger: Trigger;
  readonly subscriber: Subscriber;
}

/** Each goes on where the journal says. @throws ConfigurationError for two of one name, or a wrong filter or duration. */
export function openLanes(triggers: readonly Subscription[], ledger: Ledger, host: LaneHost<Lane>): readonly Lane[] {
  const names = new Set<string>();
  return triggers.map(({ trigger, subscriber }) => {
    if (names.has(trigger.name)) {
      throw new ConfigurationError(
        `two triggers are named ${trigger.name}: rename one, a trigger's position is kept by its name`,
      );
    }
    names.add(trigger.name);
    const position = ledger.journal.readPosition(trigger.name) ?? { upTo: ledger.tail, open: [] };
    const supply = new Supply(trigger, ledger, position);
    const Kind = trigger.order === "ordered" ? OrderedLane : UnorderedLane;
    return new Kind(trigger, subscriber, supply, host);
  });
}

/** Which lanes may match events of a type. The types are the filters', so the map cannot grow with what clients send. */
export function lanesByType(lanes: readonly Lane[]): (type: string) => readonly Lane[] {
  const unbounded = lanes.filter(({ supply }) => supply.bound === undefined);
  const byType = new Map<string, readonly Lane[]>();
  for (const type of lanes.flatMap(({ supply }) => supply.bound?.types ?? [])) {
    byType.set(
      type,
      lanes.filter(({ supply }) => supply.bound?.types.includes(type) ?? true),
    );
  }
  return (type) => byType.get(type) ?? unbounded;
}
