// What Helm makes of the dashboard, and what an API server lets its account do. Helm is found on the path, the API server by
// WADI_TEST_KUBECONFIG; what cannot be had is skipped, and chart-rendered.int.test.ts says so.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { connectInCluster } from "./cluster/in-cluster.ts";
import { readOwnObjects } from "./cluster/read.ts";
import type { ClusterReader } from "./cluster/reader.ts";
import {
  config,
  kubeconfig,
  namespace,
  openNamespace,
  put,
  recorded,
  removeNamespace,
} from "./cluster/under-test.contract.ts";
import { readDashboardConfig, readStepConfig } from "./lib/config.ts";

const root = join(import.meta.dirname, "..");
const RECORDED = "deadLetters.topic=wadi-dead-letters,broker.config.name=broker-kafka,broker.config.namespace=wadi";
const hasHelm = spawnSync("helm", ["version"]).status === 0;

// biome-ignore lint/suspicious/noExplicitAny: whatever a manifest holds.
type Rendered = any;

function helm(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("helm", args, { cwd: root, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return stdout;
}

const render = (...args: readonly string[]): Rendered[] =>
  parseAllDocuments(helm("template", "wadi", "helm", "-n", "wadi", ...args))
    .map((document) => document.toJS())
    .filter((one) => one !== null);
const dashboardIn = (objects: readonly Rendered[]): Rendered[] =>
  objects.filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/component"] === "dashboard");
const find = (objects: readonly Rendered[], kind: string, api = "") =>
  objects.find((one) => one.kind === kind && one.apiVersion.startsWith(api));
const container = (objects: readonly Rendered[]) =>
  find(dashboardIn(objects), "Service", "serving").spec.template.spec.containers[0];
const environment = (objects: readonly Rendered[]): Record<string, string> =>
  Object.fromEntries(
    container(objects).env.map(({ name, value, valueFrom }: Rendered) => [
      name,
      value ?? (name === "WADI_STORE" ? "redis://h" : `${valueFrom.secretKeyRef.name}/${valueFrom.secretKeyRef.key}`),
    ]),
  );

describe.skipIf(!hasHelm)("rendered", { tags: ["helm"] }, () => {
  test("the dashboard reads the settings it is given: Kafka as the Broker has it, the names under which it is reached", () => {
    const objects = render("--set", "dashboard.allowedHosts={wadi.example.org}");

    const env = environment(objects);
    const [step, own] = [readStepConfig(env), readDashboardConfig(env)];
    expect(step.store.kind).toBe("redis");
    expect(own).toMatchObject({ namespace: "wadi", token: "wadi-dashboard/admin-token" });
    expect(own.kafka).toMatchObject({
      brokers: ["kafka.kafka.svc.cluster.local:9092"],
      ...{ namespace: "wadi", broker: "default", deadLetters: "wadi-dead-letters" },
    });
    expect([...(own.triggers?.keys() ?? [])].sort()).toEqual(["featurize", "learn", "predict", "validate"]);
    expect(own.triggers?.get("predict")).toEqual([{ exact: { type: "dev.wadi.features.extracted" } }]);
    expect(own.ownAddress).toBe("http://dashboard.wadi.svc.cluster.local");
    expect(own.allowedHosts).toEqual([
      ...["dashboard", "dashboard.wadi", "dashboard.wadi.svc", "dashboard.wadi.svc.cluster.local"],
      "wadi.example.org",
    ]);
    expect(container(objects).command).toEqual(["node", "dist/dashboard/start.js"]);
  });

  test("it sleeps, is of the cluster alone, and is one pod, unless the values say otherwise", () => {
    const service = (...args: readonly string[]) => find(dashboardIn(render(...args)), "Service", "serving");
    const scale = ({ spec }: Rendered, name: string) =>
      spec.template.metadata.annotations[`autoscaling.knative.dev/${name}`];

    const [own, other] = [service(), service("--set", "dashboard.public=true,dashboard.min=1")];

    expect([scale(own, "min-scale"), scale(own, "max-scale"), scale(other, "min-scale")]).toEqual(["0", "1", "1"]);
    expect(own.metadata.labels["networking.knative.dev/visibility"]).toBe("cluster-local");
    expect(other.metadata.labels["networking.knative.dev/visibility"]).toBeUndefined();
  });

  test("a login of Kafka's is mounted as Knative's secret has it; without Kafka there is none, nor a way to it", () => {
    const managed = render("--values", "helm/ci/managed-services.yaml");
    const without = render("--values", "helm/ci/without-kafka.yaml", "--set", "networkPolicy.enabled=true");
    const ways = (objects: readonly Rendered[]) =>
      objects
        .find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "dashboard")
        .spec.egress.flatMap(({ ports = [] }: Rendered) => ports.map(({ port }: Rendered) => port));

    expect(environment(managed)["WADI_KAFKA_LOGIN"]).toBe("/etc/wadi/kafka");
    expect(container(managed).volumeMounts).toContainEqual({
      name: "kafka",
      mountPath: "/etc/wadi/kafka",
      readOnly: true,
    });
    expect(ways(managed)).toEqual([6380, 9096, 443, 6443]);
    expect(environment(without)["WADI_KAFKA"]).toBeUndefined();
    expect(ways(without)).toEqual([6379, 443, 6443]);
  });

  test("its tokens are made, or taken from a secret that is named; the token for looking may be missing in it", () => {
    const [own, named] = [render(), render("--set", "dashboard.tokenSecret=mine")];

    const data = find(dashboardIn(own), "Secret").data;
    for (const token of [data["admin-token"], data["view-token"]]) expect(atob(token)).toMatch(/^\w{40}$/);
    expect(find(dashboardIn(named), "Secret")).toBeUndefined();
    expect(environment(named)).toMatchObject({
      WADI_ADMIN_TOKEN: "mine/admin-token",
      WADI_VIEW_TOKEN: "mine/view-token",
    });
    const view = container(named).env.find(({ name }: Rendered) => name === "WADI_VIEW_TOKEN");
    expect(view.valueFrom.secretKeyRef.optional).toBe(true);
  });

  test("without the dashboard nothing of it is there", () => {
    const text = helm("template", "wadi", "helm", "-n", "wadi", "--set", "dashboard.enabled=false");

    expect(text).not.toContain("dashboard");
  });

  test.each([
    ["dashboard.min=2", /min/],
    ["dashboard.allowedHosts={http://x}", /allowedHosts/],
    ["dashboard.tokenSecret=No Name", /tokenSecret/],
    ["dashboard.replicas=1", /replicas/],
  ])("%s is refused", (value, message) => {
    const args = ["template", "wadi", "helm", "--set", value];
    const { status, stderr } = spawnSync("helm", args, { cwd: root, encoding: "utf8" });

    expect(status).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});

describe.skipIf(kubeconfig === "")("an API server", { tags: ["kubernetes"] }, () => {
  const account = mkdtempSync(join(tmpdir(), "wadi-account-"));
  let reader: ClusterReader;

  const kubectl = (args: readonly string[], input?: string) => {
    const all = ["--kubeconfig", kubeconfig, "-n", namespace, ...args];
    const { status, stdout, stderr } = spawnSync("kubectl", all, { encoding: "utf8", ...(input && { input }) });
    expect(status, stderr).toBe(0);
    return stdout;
  };
  /** Rendered with what the cluster holds; Broker and sink are those that were recorded, which may not change. */
  const installed = (...args: readonly string[]) => {
    const only = ["--is-upgrade", "--show-only", "templates/dashboard.yaml", "--set", RECORDED];
    return helm(
      "--kubeconfig",
      kubeconfig,
      "template",
      "wadi",
      "helm",
      "-n",
      namespace,
      "--dry-run=server",
      ...only,
      ...args,
    );
  };

  beforeAll(async () => {
    await openNamespace();
    await put(recorded("scaled-up"));
    kubectl(["apply", "--server-side", "--validate=strict", "-f", "-"], installed());
    const { status } = await config.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
      ...{ namespace, name: "dashboard" },
      body: { spec: { audiences: [] as string[], expirationSeconds: 600 } } as never,
    });
    const cluster = config.getCurrentCluster();
    writeFileSync(join(account, "token"), status?.token ?? "");
    writeFileSync(join(account, "ca.crt"), Buffer.from(cluster?.caData ?? "", "base64"));
    const { hostname, port } = new URL(cluster?.server ?? "");
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port || "443" };
    reader = connectInCluster(env, account) as ClusterReader;
  }, 60_000);
  afterAll(async () => {
    rmSync(account, { recursive: true });
    await removeNamespace();
  }, 60_000);

  test("lets the dashboard's account read all that it shows, of which the dashboard itself is no step", async () => {
    const objects = await readOwnObjects(reader, namespace);

    expect(objects.services.map(({ metadata }) => metadata.name).sort()).toEqual([
      ...["featurize", "learn", "predict", "validate"],
    ]);
    expect(objects.pods.length).toBeGreaterThan(4);
    for (const kind of [objects.revisions, objects.triggers, objects.brokers]) expect(kind.length).toBeGreaterThan(0);
  });

  test("lets it read nothing else: no secret, no ConfigMap, no log, nothing of another namespace", async () => {
    const [pod] = (await readOwnObjects(reader, namespace)).pods;
    const here = `/api/v1/namespaces/${namespace}`;

    for (const path of [
      `${here}/secrets`,
      `${here}/secrets/wadi-dashboard`,
      `${here}/configmaps`,
      `${here}/pods/${pod?.metadata.name}/log`,
      `${here}/serviceaccounts`,
      "/api/v1/namespaces/kube-system/pods",
      "/api/v1/pods",
      "/api/v1/namespaces",
      "/api/v1/nodes",
      "/apis/serving.knative.dev/v1/services",
    ]) {
      await expect(reader.get(path), path).rejects.toThrow(/may not/);
    }
  });

  test("and change nothing, by kubectl's own account of its rights", () => {
    const as = `system:serviceaccount:${namespace}:dashboard`;
    const told = kubectl(["auth", "can-i", "--list", "--as", as, "--no-headers"]);

    // What everybody who is logged in may is to ask for their own rights, and for what the server is.
    const verbs = told
      .split("\n")
      .filter((line) => line.trim() !== "" && !/^self|^ +\[\/|^\S*reviews/.test(line))
      .map((line) => `${line.split(/\s+/)[0]} ${line.match(/\[[^\]]*\]\s*$/)?.[0].trim()}`);
    expect(verbs.sort()).toEqual([
      "brokers.eventing.knative.dev [list]",
      "kafkasinks.eventing.knative.dev [list]",
      "pods [list]",
      "revisions.serving.knative.dev [list]",
      "services.serving.knative.dev [list]",
      "triggers.eventing.knative.dev [list]",
    ]);
  });

  test("keeps the tokens: an upgrade writes them again as they are", () => {
    const tokens = (text: string) => text.match(/^ {2}\w+-token: \S+$/gm);

    const [first, second] = [installed(), installed("--set", "dashboard.min=1")].map(tokens);

    expect(first?.length).toBe(2);
    expect(second).toEqual(first);
    expect(tokens(helm("template", "wadi", "helm", "-n", namespace))).not.toEqual(first);
  });
});
