// The steps that this process calls by URL: their subscribers, and whether they are there.
//
//   R1  Where the order counts, one call is under way at a time: two would overtake each other on their way.
//   R2  What state the steps keep, they keep in a store that this process shares.

import { planDelivery } from "../../lib/broker/backoff.ts";
import type { Subscriber, Trigger } from "../../lib/broker/broker.ts";
import type { Clock } from "../../lib/clock.ts";
import { ConfigurationError } from "../../lib/errors.ts";
import type { StepName } from "../../lib/events/vocabulary.ts";
import type { Log } from "../../lib/telemetry/log.ts";
import { type Called, createRemoteStep, type RemoteStep } from "./remote-step.ts";
import type { StepsSetting } from "./setting.ts";

export interface RemoteSteps {
  /** The trigger as it is delivered to a step behind a URL; undefined for a step in this process. */
  of(
    trigger: Trigger,
  ): { readonly trigger: Trigger; readonly subscriber: Subscriber; readonly isRemote: true } | undefined;
  /** Of the step behind a URL, by its name. */
  called(step: string): Called | undefined;
  /** Under `steps`, which are not reached, and the cure; empty where all are. */
  missing(): Readonly<Record<string, string>>;
  /** Looks whether they are there, and does not wait for it. */
  begin(): void;
  close(): void;
}

/** A step that was not reached is looked at again, where somebody asks. */
const LOOK_AGAIN_MS = 30_000;

interface Tools {
  readonly clock: Clock;
  readonly log: Log;
}

export function createRemoteSteps(
  setting: StepsSetting | undefined,
  triggers: readonly Trigger[],
  tools: Tools,
): RemoteSteps {
  const found = triggers.flatMap((trigger) => {
    const url = setting?.urls.get(trigger.name as StepName);
    return setting === undefined || url === undefined ? [] : [openStep(setting, trigger, url, tools)];
  });
  const steps = new Map(found.map((one) => [one.trigger.name, one]));
  const all = [...steps.values()].map(({ subscriber }) => subscriber);
  let looked = Number.NEGATIVE_INFINITY;

  function look(some: readonly RemoteStep[]): void {
    looked = tools.clock.now();
    for (const step of some) void step.look();
  }

  return {
    of: ({ name }) => steps.get(name),
    called: (name) => steps.get(name)?.subscriber.called(),
    missing() {
      const failing = all.filter((step) => step.called().failing);
      if (failing.length === 0) return {};
      if (tools.clock.now() - looked >= LOOK_AGAIN_MS) look(failing);
      const lines = failing.map((step) => {
        const { url, failure } = step.called();
        return `${step.step} at ${url}: ${failure?.message}`;
      });
      return { steps: lines.join(" ") };
    },
    begin: () => look(all),
    close() {
      for (const step of all) step.close();
    },
  };
}

function openStep(setting: StepsSetting, trigger: Trigger, url: string, tools: Tools) {
  const { headers, maxBytes, concurrency: most = Infinity } = setting;
  // Of one that is delivered in order there may be several lanes, one a partition.
  const connections = Math.min(trigger.concurrency, most);
  const concurrency = trigger.order === "ordered" ? 1 : connections;
  const { timeoutMs } = planDelivery(trigger.delivery, `the trigger ${trigger.name}: delivery`);
  const step = trigger.name as StepName;
  const subscriber = createRemoteStep({ step, url, headers, timeoutMs, connections, maxBytes, ...tools });
  return { trigger: { ...trigger, concurrency }, subscriber, isRemote: true as const };
}

/** Steps elsewhere cannot open a file of this machine. @throws ConfigurationError. */
export function checkStore(setting: StepsSetting | undefined, storeKind: string): void {
  const stateful = [...(setting?.urls.keys() ?? [])].filter((step) => step !== "validate");
  if (stateful.length === 0 || storeKind === "redis") return;
  throw new ConfigurationError(
    `${stateful.join(", ")} called by URL ${stateful.length === 1 ? "keeps its state" : "keep their state"} in a store of their own, and this process ` +
      "needs the same one: name their Redis (--redis redis://127.0.0.1:6379, or WADI_REDIS), or call only validate by URL (--steps validate=http://...)",
  );
}
