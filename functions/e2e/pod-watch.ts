// Watches the pods of each step during a run: writes a line whenever their number changes, and keeps the highest number
// and the counters of the pods of learn.

import type { ClusterStep } from "../admin/shapes/cluster.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import type { ClusterObjects, Pod } from "../cluster/objects.ts";
import { stepsOf } from "../cluster/steps.ts";
import type { Clock } from "../lib/clock.ts";
import { pause } from "../lib/pause.ts";
import { figuresOf, type StepFigures } from "./step-figures.ts";
import type { Timeline } from "./timeline.ts";

export interface PodWatch {
  /** As read last. */
  steps(): readonly ClusterStep[];
  /** The highest number of ready pods, by step. */
  most(): ReadonlyMap<string, number>;
  learned(): StepFigures;
  /** All pods of the namespace, in whatever state. */
  pods(): readonly Pod[];
  /** Reads now, and waits for it. @throws ClusterError. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

export interface PodWatchOptions {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  readonly timeline: Timeline;
  /** What a pod's `/metrics` says. */
  metricsOf(pod: string): Promise<string>;
}

const EVERY_MS = 500;
const PORT_LABEL = "serving.knative.dev/service";

export function watchPods({ access, clock, timeline, metricsOf }: PodWatchOptions): PodWatch {
  const { namespace } = access;
  const end = new AbortController();
  const most = new Map<string, number>();
  const texts = new Map<string, string>();
  let steps: readonly ClusterStep[] = [];
  let pods: readonly Pod[] = [];
  let told = "";
  const watching = watch();

  async function look(): Promise<void> {
    const objects = await access.objects();
    take(objects);
    const learning = pods.filter(({ metadata }) => metadata.labels?.[PORT_LABEL] === "learn");
    const reading = learning.map(async ({ metadata: { name } }) => {
      // A pod that is starting or ending does not answer; its last counters are kept.
      const text = await metricsOf(name).catch(() => undefined);
      if (text !== undefined) texts.set(name, text);
    });
    await Promise.all(reading);
  }

  function take(objects: ClusterObjects): void {
    pods = objects.pods;
    steps = stepsOf({ ...objects, namespace, now: clock.now(), lastLine: () => undefined });
    for (const { name, pods: now } of steps) most.set(name, Math.max(most.get(name) ?? 0, now.ready));
    const line = steps.map(({ name, pods: now }) => `${name} ${now.ready}`).join("  ");
    if (line !== told) timeline.note("pods", line);
    told = line;
  }

  async function watch(): Promise<void> {
    while (!end.signal.aborted) {
      await look().catch(() => {}); // who waits for something is told by that
      await pause(EVERY_MS, clock, end.signal);
    }
  }

  return {
    steps: () => steps,
    most: () => most,
    learned: () => figuresOf(texts.values()),
    pods: () => pods,
    look,
    async stop() {
      end.abort();
      await watching;
    },
  };
}
