// Ages and cold starts of pods, from conditions as the kubelet writes them.

import { expect, test } from "vitest";
import type { Pod } from "./objects.ts";
import { describePods, medianColdStart, rememberColdStarts } from "./pod-times.ts";

const NOW = Date.UTC(2026, 10, 29, 12);
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

/** Created and ready at these seconds before or after now. */
function pod(
  name: string,
  created: number,
  ready?: number,
  more: Partial<Pod["metadata"]> & { restarts?: number } = {},
): Pod {
  const { restarts = 0, ...meta } = more;
  const status = ready === undefined ? "False" : "True";
  return {
    metadata: {
      name,
      labels: { "serving.knative.dev/revision": "learn-00001" },
      creationTimestamp: at(created),
      ...meta,
    },
    status: {
      phase: "Running",
      conditions: [
        { type: "PodScheduled", status: "True", lastTransitionTime: at(created) },
        { type: "Ready", status, lastTransitionTime: at(ready ?? created) },
      ],
      containerStatuses: [{ name: "function", restartCount: restarts }],
    },
  };
}

test("each pod has its state, its age, and once it is ready how long it took, the oldest first", () => {
  const pods = [pod("c", -1), pod("a", -90, -88), pod("b", -60, -58, { deletionTimestamp: at(30) })];

  expect(describePods(pods, NOW)).toEqual([
    { name: "a", revision: "learn-00001", state: "ready", ageSeconds: 90, coldStartSeconds: 2 },
    { name: "b", revision: "learn-00001", state: "ending", ageSeconds: 60, coldStartSeconds: 2 },
    { name: "c", revision: "learn-00001", state: "starting", ageSeconds: 1 },
  ]);
});

test("a pod that is over, or that no clock has dated yet, has no cold start, and a clock that is behind makes no age below zero", () => {
  const over = { ...pod("over", -9, -8), status: { phase: "Failed" } };
  const { creationTimestamp: _, ...undated } = pod("new", 0).metadata;

  expect(describePods([over], NOW)).toEqual([]);
  expect(describePods([pod("ahead", 5)], NOW)).toMatchObject([{ ageSeconds: 0 }]);
  expect(medianColdStart([{ metadata: undated }], "learn")).toBeUndefined();
});

test("the cold start is the median of the last ten pods; one that was started again tells nothing of its start", () => {
  const pods = Array.from({ length: 12 }, (_, i) => pod(`p${i}`, -100 + i, -100 + i + i));

  expect(medianColdStart(pods, "learn")).toBe(6.5);
  expect(medianColdStart([pod("again", -100, -3, { restarts: 1 })], "learn")).toBeUndefined();
});

test("at zero the pods that are gone are remembered, each step its own, and by what they took when they came up", () => {
  const coldStart = rememberColdStarts();

  coldStart([pod("a", -60, -58), pod("b", -30, -27)], "learn");
  coldStart([pod("c", -50, -49)], "predict");
  // It was not ready for a while.
  coldStart([pod("a", -60, -1)], "learn");

  expect(coldStart([], "learn")).toBe(2.5);
  expect(coldStart([], "predict")).toBe(1);
  expect(coldStart([], "validate")).toBeUndefined();
});
