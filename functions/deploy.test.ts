// What `make deploy` decides on CPU, asked of the shell functions themselves: a pod that no node has room for stays Pending, and
// every event ends as a dead letter.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

function bash(script: string, input = ""): string {
  const { status, stdout, stderr } = spawnSync("bash", ["-euc", `. k8s/cpu.sh; ${script}`], {
    cwd: join(import.meta.dirname, ".."),
    encoding: "utf8",
    input,
  });
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

/** All that is installed beside Wadi and the dispatcher, kind's control plane among it. */
const OTHERS = "$((950 + CPU_SERVING + CPU_INGRESS + CPU_EVENTING + CPU_BROKER + CPU_SERVICES))";

test("quantities of CPU are added up as Kubernetes writes them, an absent one as nothing", () => {
  expect(bash("cpu_sum", "950m\n2\n0.5,100m,,\n\n1 25m\n")).toBe("4575");
  expect(bash("cpu_sum")).toBe("0");
});

test.each([
  [3, "refuse"],
  [4, "lower"],
  [5, "lower"],
  [6, "keep"],
])("on a node of %i CPUs the dispatcher's request: %s", (cpus, decision) => {
  expect(bash(`cpu_plan $((${cpus}000 - ${OTHERS})) $CPU_DISPATCHER`)).toBe(decision);
});

test("a request that was lowered stays as it is when make deploy runs again, and so does a cluster without a dispatcher", () => {
  expect(bash(`cpu_plan $((4000 - ${OTHERS})) $CPU_DISPATCHER_LEAST`)).toBe("keep");
  expect(bash("cpu_plan 1700 0")).toBe("keep");
  expect(bash("cpu_plan 500 0")).toBe("refuse");
});

test("a cluster in which nothing is installed yet has no dispatcher that asks for anything, and that is no failure", () => {
  // kubectl as it answers for what is not there.
  expect(bash("set -o pipefail; kube() { [[ $* == *--ignore-not-found* ]]; }; dispatcher_asks")).toBe("0");
});
