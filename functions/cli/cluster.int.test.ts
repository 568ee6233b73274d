// What is on a cluster, asked of a real API server: the one of the kube config that WADI_TEST_KUBECONFIG names. Nothing has
// to run there but the server, with the CRDs of Knative: the state of the objects is written here.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClusterStatus } from "../admin/shapes/cluster.ts";
import {
  config,
  folder,
  kubeconfig,
  namespace,
  openNamespace,
  personWithout,
  put,
  recorded,
  removeNamespace,
} from "../cluster/under-test.contract.ts";
import { parseYaml } from "../lib/pipeline/file/yaml.ts";
import { run } from "./program-under-test.contract.ts";

const root = join(import.meta.dirname, "../..");
if (kubeconfig === "") process.stderr.write("WADI_TEST_KUBECONFIG is not set: no API server is asked for a status\n");

let env: Record<string, string> = {};

/** The rules of the chart's role, as they stand in its template. */
function viewerRules() {
  const template = readFileSync(join(root, "helm/templates/rbac.yaml"), "utf8");
  const lines = template.split("\n").filter((line) => /^ {2}- \{ apiGroups:/.test(line));
  return parseYaml(lines.map((line) => line.slice(2)).join("\n"), "rbac.yaml") as {
    apiGroups: string[];
    resources: string[];
    verbs: string[];
  }[];
}

const status = (...more: readonly string[]) => run(["status", "--cluster", "--namespace", namespace, ...more], { env });

describe.skipIf(kubeconfig === "")("a real API server", { tags: ["kubernetes"] }, () => {
  beforeAll(async () => {
    env = await openNamespace();
    await put(recorded("scaled-up"));
  }, 60_000);

  afterAll(removeNamespace, 60_000);

  test("has what was put into it: steps, pods, revisions, Broker and Triggers, as documented", async () => {
    const { code, out } = await status("--json");

    const told = JSON.parse(out) as ClusterStatus;
    const valid = new Ajv({ strict: false }).compile(ClusterStatus);
    expect(code).toBe(0);
    expect(valid(told), JSON.stringify(valid.errors)).toBe(true);
    expect(told.steps.map(({ name, pods, state, trigger }) => [name, pods.ready, state, trigger?.state])).toEqual([
      ["validate", 3, "ready", "ready"],
      ["featurize", 3, "ready", "ready"],
      // One of them is going, which only the server itself could say.
      ["predict", 5, "ready", "ready"],
      ["learn", 2, "ready", "ready"],
    ]);
    expect(told.broker).toMatchObject({ name: "default", class: "Kafka", state: "ready" });
  });

  test("says why store and log cannot be looked at, and shows the rest", async () => {
    const { out } = await status();

    expect(out).toMatch(/store +.*pipelines-\d+ is not there/);
    expect(out).toMatch(/learn +2 +0 +4 +- +ready +learn-00001/);
  });

  test("is looked over by the doctor, whose exit code says that something fails", async () => {
    const { code, out } = await run(["doctor", "--cluster", "--namespace", namespace], { env });

    expect(code).toBe(1);
    expect(out).toMatch(/✓ cluster +Kubernetes v1\.\d+/);
    expect(out).toMatch(/✓ steps +validate, featurize, predict, learn: all ready/);
    expect(out).toMatch(/✓ broker +default of class Kafka/);
    expect(out).toMatch(/✗ store +.*pipelines-\d+ is not there/);
  });

  test("without Wadi in the namespace names the one where it is", async () => {
    const { code, err } = await run(["status", "--cluster", "--namespace", "default"], { env });

    expect(code).toBe(1);
    expect(err).toMatch(/there is no Wadi in namespace default of context .*; there is one in .*wadi-test-/);
  });

  test("lets nobody look who has no right to, and says which it is", async () => {
    const stranger = await personWithout("stranger");

    const { code, err } = await run(["status", "--cluster", "--namespace", namespace], { env: stranger });

    expect(code).toBe(1);
    expect(err).toContain(`may not list services.serving.knative.dev in namespace ${namespace}`);
    expect(err).toContain("wadi-viewer");
  });

  test("lets whoever has the chart's role for people look at all of it", async () => {
    const viewer = await personWithout("viewer");
    const rbac = config.makeApiClient(RbacAuthorizationV1Api);
    await rbac.createNamespacedRole({ namespace, body: { metadata: { name: "wadi-viewer" }, rules: viewerRules() } });
    await rbac.createNamespacedRoleBinding({
      namespace,
      body: {
        metadata: { name: "viewer" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "wadi-viewer" },
        subjects: [{ kind: "ServiceAccount", name: "viewer", namespace }],
      },
    });

    const { code, out } = await run(["status", "--cluster", "--namespace", namespace], { env: viewer });

    expect(code).toBe(0);
    expect(out).toMatch(/learn +2 +0 +4/);
  });

  test("lets nobody through to a pod who may only look, and says which rights that takes", async () => {
    const core = config.makeApiClient(CoreV1Api);
    const labels = { app: "store" };
    await core.createNamespacedService({
      namespace,
      body: { metadata: { name: "store" }, spec: { selector: labels, ports: [{ port: 6379 }] } },
    });
    await put({
      pods: [
        {
          metadata: { name: "store-0", labels },
          spec: { containers: [{ name: "redis", image: "redis:7" }] },
          status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
        } as never,
      ],
    });
    const files = { "line.yaml": readFileSync(join(root, "helm/pipelines/line.yaml"), "utf8") };
    await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: "pipelines-1795627006" }, data: files },
    });
    const reader = await personWithout("reader");
    const rbac = config.makeApiClient(RbacAuthorizationV1Api);
    const services = { apiGroups: [""], resources: ["services"], verbs: ["get"] };
    await rbac.createNamespacedRole({
      namespace,
      body: { metadata: { name: "reader" }, rules: [...viewerRules(), services] },
    });
    await rbac.createNamespacedRoleBinding({
      namespace,
      body: {
        metadata: { name: "reader" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
        subjects: [{ kind: "ServiceAccount", name: "reader", namespace }],
      },
    });

    const store = `redis://store.${namespace}.svc:6379`;
    const { code, out } = await run(["status", "--cluster", "--namespace", namespace, "--redis", store], {
      env: reader,
    });

    expect(code).toBe(0);
    expect(out).toMatch(/pipelines +line/);
    expect(out).toMatch(/store +redis:.*you may not reach the pod store-0 .*get and create pods\/portforward/);
  }, 30_000);

  test("that does not know the token any more is told so", async () => {
    const person = new KubeConfig();
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new Error("the kube config has no cluster");
    person.loadFromClusterAndUser(cluster, { name: "late", token: "no-token" });
    writeFileSync(join(folder, "late"), person.exportConfig());

    const { code, err } = await run(["status", "--cluster"], { env: { KUBECONFIG: join(folder, "late") } });

    expect(code).toBe(1);
    expect(err).toMatch(/does not accept your credentials \(401\): log in again/);
  });
});
