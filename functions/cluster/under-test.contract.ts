// A namespace of a real API server: the one of the kube config that WADI_TEST_KUBECONFIG names. Nothing has to run there
// but the server, with the CRDs of Knative: the state of the objects is written by the tests.

import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api, CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import type { ClusterObjects } from "./objects.ts";

export const kubeconfig = process.env["WADI_TEST_KUBECONFIG"] ?? "";
export let namespace = "";
export const config = new KubeConfig();
export let folder = "";

export type Objects = Readonly<Record<string, readonly { metadata: { name: string }; status?: object }[]>>;
const KINDS = [
  ["services", "serving.knative.dev", "v1", "services", "Service"],
  ["revisions", "serving.knative.dev", "v1", "revisions", "Revision"],
  ["triggers", "eventing.knative.dev", "v1", "triggers", "Trigger"],
  ["brokers", "eventing.knative.dev", "v1", "brokers", "Broker"],
  ["sinks", "eventing.knative.dev", "v1alpha1", "kafkasinks", "KafkaSink"],
] as const;

export async function put(objects: Objects): Promise<void> {
  const custom = config.makeApiClient(CustomObjectsApi);
  for (const [key, group, version, plural, kind] of KINDS) {
    for (const object of objects[key] ?? []) {
      const { namespace: _, ...metadata } = object.metadata as { name: string; namespace?: string };
      const at = { group, version, plural, namespace };
      const body = { apiVersion: `${group}/${version}`, kind, ...object, metadata };
      const made = (await custom.createNamespacedCustomObject({ ...at, body })) as object;
      const { status } = object;
      await custom.replaceNamespacedCustomObjectStatus({ ...at, name: metadata.name, body: { ...made, status } });
    }
  }
  const core = config.makeApiClient(CoreV1Api);
  for (const { metadata, spec, status } of (objects["pods"] ?? []) as unknown as ClusterObjects["pods"]) {
    const { name, labels } = metadata;
    const containers = (spec?.containers ?? []).map((one) => ({ name: one.name, image: one.image ?? "" }));
    const made = await core.createNamespacedPod({
      namespace,
      body: {
        metadata: { name, labels: labels as Record<string, string> },
        spec: { containers, serviceAccountName: "default", automountServiceAccountToken: false },
      },
    });
    await core.replaceNamespacedPodStatus({ namespace, name, body: { ...made, status: status as object } });
  }
}

/** A kube config of somebody who has a token and no more. */
export async function personWithout(name: string): Promise<Record<string, string>> {
  const core = config.makeApiClient(CoreV1Api);
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace,
    name,
    body: { spec: { audiences: [] as string[], expirationSeconds: 600 } } as never,
  });
  const person = new KubeConfig();
  const cluster = config.getCurrentCluster();
  if (cluster === null || status?.token === undefined)
    throw new Error("the kube config has no cluster, or it no token");
  person.loadFromClusterAndUser(cluster, { name, token: status.token });
  const file = join(folder, name);
  writeFileSync(file, person.exportConfig());
  return { KUBECONFIG: file };
}

/** What was recorded of a cluster. */
export function recorded(name: string): Objects {
  return JSON.parse(readFileSync(join(import.meta.dirname, `fixtures/${name}.json`), "utf8")) as Objects;
}

/** What a command is given to find the server. @throws Error where the API server cannot be used. */
export async function openNamespace(): Promise<Record<string, string>> {
  // A new one each time: files that share a worker share this module, and a removed namespace never ends.
  namespace = `wadi-test-${Math.random().toString(36).slice(2, 8)}`;
  folder = await mkdtemp(join(tmpdir(), "wadi-cluster-"));
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  await core.createNamespace({ body: { metadata: { name: namespace } } }).catch((error: unknown) => {
    const message = `WADI_TEST_KUBECONFIG names ${kubeconfig}, whose API server cannot be used; unset it, or start one`;
    throw new Error(message, { cause: error });
  });
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: "default" } } });
  return { KUBECONFIG: kubeconfig, HOME: folder };
}

/** Without controllers a namespace never ends: what is in it is taken away here. */
export async function removeNamespace(): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const custom = config.makeApiClient(CustomObjectsApi);
  for (const [, group, version, plural] of KINDS) {
    await custom.deleteCollectionNamespacedCustomObject({ group, version, plural, namespace });
  }
  await core.deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 0 });
  await core.deleteNamespace({ name: namespace });
  await rm(folder, { recursive: true });
}
