// Steps and their pods, read from recorded objects of a real cluster (fixtures; each says how it was recorded). Failures are
// added to them in Kubernetes' and Knative's own words.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ClusterStep } from "../admin/shapes/cluster.ts";
import type { ClusterObjects, Condition, ContainerStatus, Pod, Revision } from "./objects.ts";
import { stepsOf } from "./steps.ts";

const NOW = Date.UTC(2026, 10, 25, 17, 18, 32);

function recorded(name: string): ClusterObjects {
  return JSON.parse(readFileSync(join(import.meta.dirname, `fixtures/${name}.json`), "utf8")) as ClusterObjects;
}

function stepsIn(objects: ClusterObjects, lastLine?: string): readonly ClusterStep[] {
  return stepsOf({ ...objects, namespace: "wadi", now: NOW, lastLine: () => lastLine });
}

function learn(objects: ClusterObjects, lastLine?: string): ClusterStep {
  return stepsIn(objects, lastLine).find(({ name }) => name === "learn") as ClusterStep;
}

const failed = (type: string, reason: string, message: string): Condition => ({
  type,
  status: "False",
  reason,
  message,
});

/** `learn` gets a second revision, to which `pods` belong. */
function withNewRevision(pods: readonly Partial<Pod>[], conditions: readonly Condition[]): ClusterObjects {
  const objects = recorded("waking");
  const [first] = objects.revisions.filter(({ metadata }) => metadata.name === "learn-00001") as [Revision];
  const labels = { ...first.metadata.labels, "serving.knative.dev/configurationGeneration": "2" };
  const second = { ...first, metadata: { ...first.metadata, name: "learn-00002", labels }, status: { conditions } };
  const podLabels = { "serving.knative.dev/service": "learn", "serving.knative.dev/revision": "learn-00002" };
  const services = objects.services.map((one) =>
    one.metadata.name === "learn"
      ? { ...one, status: { ...one.status, latestCreatedRevisionName: "learn-00002" } }
      : one,
  );
  const made = pods.map(
    (pod, i): Pod => ({
      metadata: { name: `learn-00002-${i}`, labels: podLabels, creationTimestamp: new Date(NOW - 5000).toISOString() },
      spec: { containers: [{ name: "function", image: "registry.example/wadi:2" }] },
      ...pod,
    }),
  );
  return { ...objects, services, revisions: [...objects.revisions, second], pods: [...objects.pods, ...made] };
}

function podThatWaits(reason: string, message = "", more: Partial<ContainerStatus> = {}): Partial<Pod> {
  const state = { waiting: { reason, message } };
  return { status: { phase: "Pending", containerStatuses: [{ name: "function", ready: false, state, ...more }] } };
}

describe("pods as the cluster has them", () => {
  test("ready, starting and ending pods are counted for each step, in flow order", () => {
    const steps = stepsIn(recorded("scaled-up"));

    expect(steps.map(({ name, pods }) => [name, pods])).toEqual([
      ["validate", { ready: 3, starting: 0, ending: 0 }],
      ["featurize", { ready: 3, starting: 0, ending: 0 }],
      ["predict", { ready: 4, starting: 0, ending: 1 }],
      ["learn", { ready: 2, starting: 0, ending: 0 }],
    ]);
  });

  test("pods that finish their requests before they stop count as ending", () => {
    const steps = stepsIn(recorded("going-to-zero"));

    const ending = steps.map(({ pods }) => pods.ending);
    expect(steps.map(({ pods }) => pods.ready)).toEqual([0, 0, 0, 0]);
    expect(ending).toEqual([3, 3, 4, 2]);
  });

  test("a pod that wakes is starting, and is no problem", () => {
    const [validate] = stepsIn(recorded("waking"));

    expect(validate?.pods).toEqual({ ready: 0, starting: 1, ending: 0 });
    expect(validate).toMatchObject({ state: "ready", min: 0, max: 4, revision: "validate-00001" });
  });

  test("a step without a limit has no max", () => {
    const objects = recorded("waking");
    const services = objects.services.map((one) => ({ ...one, spec: { template: { spec: one.spec.template.spec } } }));

    expect(stepsIn({ ...objects, services })[0]).not.toHaveProperty("max");
  });
});

describe("while one revision takes over from another", () => {
  test("each step has both, as a cluster had them in a rolling upgrade", () => {
    const steps = stepsIn(recorded("rolling"));

    expect(steps.map(({ name, revisions }) => [name, revisions.map((one) => [one.name, one.state])])).toEqual(
      ["validate", "featurize", "predict", "learn"].map((name) => [
        name,
        [
          [`${name}-00001`, "ready"],
          [`${name}-00002`, name === "validate" ? "waits" : "ready"],
        ],
      ]),
    );
    expect(steps.flatMap(({ problem }) => problem ?? [])).toEqual([]);
  });

  test("both are there, with their pods and their share, the older first", () => {
    const pods = [{ status: { phase: "Running", conditions: [{ type: "Ready", status: "True" as const }] } }];
    const objects = withNewRevision(pods, [{ type: "Ready", status: "Unknown", reason: "Deploying" }]);

    const { revisions, revision, state } = learn(objects);

    expect(revision).toBe("learn-00001");
    expect(state).toBe("ready");
    expect(revisions.map(({ name, percent, state: own, pods: has }) => [name, own, percent, has.ready])).toEqual([
      ["learn-00001", "ready", 100, 0],
      ["learn-00002", "waits", 0, 1],
    ]);
  });

  test("one that does not come up is a problem, which says that the other still serves", () => {
    const objects = withNewRevision([podThatWaits("ImagePullBackOff", "not found")], []);

    const { problem, state } = learn(objects);

    expect(state).toBe("fails");
    expect(problem?.message).toMatch(/^learn-00002 does not come up \(learn-00001 still serves\): .*cannot be pulled/);
  });
});

describe("why a pod does not come up, in plain words and with the cure", () => {
  test.each<[string, Partial<Pod>, RegExp, RegExp]>([
    [
      "an image that is not there",
      podThatWaits("ErrImagePull", 'rpc error: manifest for "registry.example/wadi:2" not found'),
      /image registry\.example\/wadi:2 cannot be pulled: .*not found/,
      /push it|load it/,
    ],
    [
      "a registry that refuses",
      podThatWaits("ImagePullBackOff", "pull access denied, authorization failed"),
      /the registry refuses/,
      /image\.pullSecrets/,
    ],
    ["an invalid image name", podThatWaits("InvalidImageName"), /no valid name/, /image\.repository/],
    [
      "a secret that is missing",
      podThatWaits("CreateContainerConfigError", 'secret "store" not found'),
      /needs the secret store, which does not exist/,
      /create it/,
    ],
    [
      "memory",
      podThatWaits("CrashLoopBackOff", "", {
        restartCount: 3,
        lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
      }),
      /more memory than its limit.*3 times/,
      /steps\.learn\.resources\.limits\.memory/,
    ],
    [
      "no room on any node",
      {
        status: {
          phase: "Pending",
          conditions: [failed("PodScheduled", "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu.")],
        },
      },
      /no node has the CPU that its pod learn-00002-0 asks for: 0\/1 nodes/,
      /at least 4 CPUs, better 6.*steps\.learn\.resources\.requests/,
    ],
    [
      "no memory on any node",
      {
        status: {
          phase: "Pending",
          conditions: [failed("PodScheduled", "Unschedulable", "0/1 nodes are available: 1 Insufficient memory.")],
        },
      },
      /no node takes its pod learn-00002-0: 0\/1 nodes/,
      /^add a node, or lower steps\.learn\.resources\.requests/,
    ],
    [
      "no node of that kind",
      {
        status: {
          phase: "Pending",
          conditions: [
            failed("PodScheduled", "Unschedulable", "0/1 nodes are available: 1 node(s) didn't match node selector."),
          ],
        },
      },
      /no node takes its pod/,
      /pod\.nodeSelector/,
    ],
  ])("%s", (_title, pod, message, cure) => {
    const { problem } = learn(withNewRevision([pod], []));

    expect(problem?.message).toMatch(message);
    expect(problem?.cure).toMatch(cure);
  });

  test("a container that ends at once: its last line, and the command that shows the whole log", () => {
    const crashed = podThatWaits("CrashLoopBackOff", "back-off 20s", {
      restartCount: 2,
      lastState: { terminated: { exitCode: 1, reason: "Error" } },
    });

    const { problem } = learn(withNewRevision([crashed], []), "WADI_STORE is nonsense; set a Redis");

    expect(problem?.message).toMatch(/exit code 1; its last line: WADI_STORE is nonsense; set a Redis/);
    expect(problem?.cure).toContain("kubectl -n wadi logs learn-00002-0 -c function --previous");
  });

  test("a pod that hangs is a problem after a while, not before", () => {
    const made = (ms: number) => ({
      ...podThatWaits("ContainerCreating"),
      metadata: {
        name: "p",
        creationTimestamp: new Date(NOW - ms).toISOString(),
        labels: { "serving.knative.dev/service": "learn", "serving.knative.dev/revision": "learn-00002" },
      },
    });

    expect(learn(withNewRevision([made(10_000)], [])).problem).toBeUndefined();
    expect(learn(withNewRevision([made(200_000)], [])).problem?.message).toMatch(/starting for 3 min/);
  });

  test("a pod that ends is no problem, whatever it reports", () => {
    const going = {
      ...podThatWaits("CrashLoopBackOff"),
      metadata: {
        name: "p",
        deletionTimestamp: new Date(NOW).toISOString(),
        labels: { "serving.knative.dev/service": "learn", "serving.knative.dev/revision": "learn-00002" },
      },
    };

    expect(learn(withNewRevision([going], [])).problem).toBeUndefined();
  });
});

describe("what Knative reports where no pod explains it", () => {
  test.each<[string, Condition, RegExp, RegExp]>([
    [
      "a container that ended",
      failed("ContainerHealthy", "ExitCode1", "Container failed with: line one\nWADI_PIPELINES is empty"),
      /exit code 1; its last line: WADI_PIPELINES is empty/,
      /pipeline files/,
    ],
    [
      "an image that was never found",
      failed("ResourcesAvailable", "ContainerMissing", 'Unable to fetch image "x": not found'),
      /cannot be pulled: Unable to fetch/,
      /push it/,
    ],
    [
      "nothing in time",
      failed("ResourcesAvailable", "ProgressDeadlineExceeded", "Initial scale was never achieved"),
      /none of its pods came up in time/,
      /get events/,
    ],
    ["an unknown reason", failed("Ready", "Strange", "so and so"), /so and so/, /describe revision learn-00002/],
  ])("%s", (_title, condition, message, cure) => {
    const objects = withNewRevision([], [condition, failed("Ready", condition.reason ?? "", condition.message ?? "")]);

    const { problem } = learn(objects);

    expect(problem?.message).toMatch(message);
    expect(problem?.cure).toMatch(cure);
  });

  test("a step that was never ready, and one that cannot be reached", () => {
    const objects = recorded("waking");
    const broken = (conditions: readonly Condition[]) => ({
      ...objects,
      services: objects.services.map((one) => ({ ...one, status: { conditions } })),
    });
    const ready = failed("Ready", "x", "y");

    const missing = learn(broken([failed("RoutesReady", "RevisionMissing", "no ready Revision"), ready]));
    const ingress = learn(
      broken([failed("RoutesReady", "IngressNotConfigured", "Ingress has not yet been reconciled."), ready]),
    );

    expect(missing.problem?.message).toMatch(/none of its revisions was ever ready/);
    expect(ingress.problem?.cure).toMatch(/ingress-class/);
  });

  test("a service without a status yet waits", () => {
    const objects = recorded("waking");
    const services = objects.services.map(({ status: _, ...one }) => one);

    expect(learn({ ...objects, services, revisions: [], pods: [] })).toMatchObject({ state: "waits", revisions: [] });
  });
});
