// A step with all that it needs, ready to answer: what a process of its own and an action on a platform of functions share.

import type { StepConfig } from "../config.ts";
import { ConfigurationError } from "../errors.ts";
import { createStoreWatch } from "../lost-commits/watch.ts";
import { newRevision, systemRandom } from "../random.ts";
import { agreeOnRetention } from "../store/agreement.ts";
import { openStore } from "../store/open.ts";
import type { Build, BuiltStep, StepTools } from "./build.ts";
import { createStoreClock, onceCompared } from "./store-clock.ts";

export interface OpenedStep extends Omit<BuiltStep, "close"> {
  /** Rejects, with the cure, while something that it needs is away. */
  check(): Promise<void>;
  clockAheadMs?(): number | undefined;
  close?(): void | Promise<void>;
}

export type Open = (tools: StepTools, config: StepConfig) => Promise<OpenedStep>;

export function withStore(build: Build): Open {
  return async (tools, config) => {
    const { pipelines, telemetry, log } = tools;
    const store = await openStore(config.store, pipelines, config.retention, tools.clock.now, config.snapshots);
    const clock = createStoreClock({ clock: tools.clock, time: store.time, telemetry, log });
    const watch = createStoreWatch({ clock, telemetry, log, activity: store.activity });
    const built = await build({
      ...tools,
      ...{ clock, compared: clock.compared, store, watch, random: systemRandom, revision: newRevision },
    });
    return {
      ...built,
      handle: onceCompared(clock, built.handle),
      clockAheadMs: clock.aheadMs,
      check: () => store.check(),
      async prepare() {
        await agreeOnRetention(store.retention);
        await built.prepare?.();
      },
      async close() {
        built.close?.();
        clock.stop();
        await store.close();
      },
    };
  };
}

/** As `withStore`, for a place that keeps no files. */
export function withRedis(build: Build): Open {
  const open = withStore(build);
  return async (tools, config) => {
    if (config.store.kind === "redis") return open(tools, config);
    throw new ConfigurationError(
      "WADI_STORE names no Redis, and no files are kept here: deploy it again with WADI_STORE, for instance " +
        "redis://redis.example.com:6379",
    );
  };
}

export function withoutStore(build: Build<StepTools>): Open {
  return async (tools) => ({ check: async () => {}, ...(await build(tools)) });
}
