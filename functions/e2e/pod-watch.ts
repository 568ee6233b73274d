// Pods of each step while the run goes on: a line whenever their number changes, how many there were at most, and what those
// that learn have counted.

import type { ClusterStep } from "../admin/shapes/cluster.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import type { ClusterObjects, Pod } from "../cluster/objects.ts";
import { stepsOf } from "../cluster/steps.ts";
import type { Clock } from "../lib/clock.ts";
import { pause } from "../lib/pause.ts";
import { figuresOf, type StepFigures } from "./step-figures.ts";
import type { Timeline } from "./timeline.ts";

export interface PodWatch {
  /** The newest look. */
  steps(): readonly ClusterStep[];
  /** Pods that take requests, by step. */
  most(): ReadonlyMap<string, number>;
  learned(): StepFigures;
  /** All pods of the namespace that are there, whatever they do. */
  pods(): readonly Pod[];
  /** Looks anew, and until then nothing else. @throws ClusterError. */
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
      // One that comes or goes does not answer, and what it last said stands.
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
