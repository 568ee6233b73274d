// The consumer groups of a broker's triggers, as Kafka tells of them.

import type { ISocketFactory } from "kafkajs";
import type { Clock } from "../../../clock.ts";
import { silentLog } from "../../../telemetry/log.ts";
import { groupOf, type KafkaAddress } from "../address.ts";
import { createClient, failureOf } from "../client.ts";

export interface GroupLook {
  readonly trigger: string;
  readonly group: string;
  readonly members: number;
  /** It rebalances still, or again and again. */
  readonly rebalancing: boolean;
}

export interface GroupsOptions {
  readonly address: KafkaAddress;
  readonly triggers: readonly string[];
  /** Members of a group; more are looked at again, for those of a pod that was killed go after a while. */
  readonly most: number;
  /** How long to look again at what passes as a rule. */
  readonly patienceMs?: number;
  readonly clock: Clock;
  readonly socketFactory?: ISocketFactory | undefined;
}

const EVERY_MS = 500;
/** A rebalance takes up to a heartbeat, 3 s; without one for longer than that a group is calm. */
const CALM_MS = 4000;
/** Kafka gives up a member that was killed after 10 s, and then rebalances. */
const PATIENCE_MS = 20_000;

/** A group that is well is looked at once. Nothing is changed. @throws ConfigurationError, UnavailableError. */
export async function lookAtGroups(options: GroupsOptions): Promise<readonly GroupLook[]> {
  const { address, triggers, most, clock, patienceMs = PATIENCE_MS } = options;
  const admin = createClient(address, silentLog, options.socketFactory).admin();
  const groups = triggers.map((trigger) => ({
    trigger,
    group: groupOf(address, trigger),
    members: 0,
    rebalancedAt: -Infinity,
    crowdedAt: -Infinity,
  }));
  try {
    await admin.connect();
    const until = clock.now() + patienceMs;
    for (;;) {
      const { groups: seen } = await admin.describeGroups(groups.map(({ group }) => group));
      const now = clock.now();
      for (const one of groups) {
        const { state, members = [] } = seen.find(({ groupId }) => groupId === one.group) ?? {};
        one.members = members.length;
        if (/Rebalance$/.test(state ?? "")) one.rebalancedAt = now;
        if (one.members > most) one.crowdedAt = now;
      }
      const isCalm = groups.every((one) => now - Math.max(one.rebalancedAt, one.crowdedAt) >= CALM_MS);
      if (isCalm || now >= until) {
        return groups.map(({ trigger, group, members, rebalancedAt }) => ({
          trigger,
          group,
          members,
          rebalancing: now - rebalancedAt < CALM_MS,
        }));
      }
      await new Promise<void>((resolve) => clock.after(EVERY_MS, resolve));
    }
  } catch (error) {
    throw failureOf(error, address);
  } finally {
    await admin.disconnect();
  }
}
