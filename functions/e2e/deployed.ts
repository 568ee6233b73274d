// The Wadi that was deployed: a run tries its image and values, in a namespace beside it.

import type { ClusterAccess } from "../cluster/access.ts";
import type { EnvVar, Secret } from "../cluster/objects.ts";
import { readSecret, secretValue } from "../cluster/settings.ts";
import { FailedError } from "../lib/failure.ts";
import { runTool } from "./run-tool.ts";

export type Values = Readonly<Record<string, unknown>>;

export interface Deployed {
  readonly values: Values;
  /** The address of the shared store, as the cluster sees it; it may hold a password. */
  readonly store: string;
  readonly hasDashboard: boolean;
  /** Secrets that the values name, so they must be in the other namespace, too. */
  readonly secrets: readonly Secret[];
}

const RELEASE = "wadi";

/** @throws FailedError where none is there, with the cure. */
export async function readDeployed({ cluster, namespace, objects }: ClusterAccess): Promise<Deployed> {
  const { services } = await objects();
  const values = JSON.parse(
    await runTool("helm", ["-n", namespace, "get", "values", RELEASE, "--output", "json"]),
  ) as Values | null;
  const env = services.flatMap(({ spec }) => spec.template.spec.containers?.[0]?.env ?? []);
  const variable = env.find(({ name }) => name === "WADI_STORE");
  if (variable === undefined) throw new FailedError(`no step in namespace ${namespace} names a store (WADI_STORE)`);
  const read = (name: string) => readSecret(cluster, namespace, name);
  return {
    values: values ?? {},
    hasDashboard: (values?.["dashboard"] as Values | undefined)?.["enabled"] !== false,
    store: await addressOf(variable, read),
    secrets: await Promise.all(secretsOf(values ?? {}).map(read)),
  };
}

async function addressOf({ value, valueFrom }: EnvVar, read: (name: string) => Promise<Secret>): Promise<string> {
  const { name, key } = valueFrom?.secretKeyRef ?? {};
  const found = name !== undefined && key !== undefined ? secretValue(await read(name), key) : value;
  if (found === undefined || found === "") throw new FailedError("the address of the store (WADI_STORE) is empty");
  return found;
}

function secretsOf(values: Values): readonly string[] {
  const at = (path: string) =>
    path.split(".").reduce<unknown>((value, key) => (value as Values | undefined)?.[key], values);
  const pull = (at("image.pullSecrets") ?? []) as readonly string[];
  return [at("kafka.secret"), at("store.caSecret.name"), ...pull].filter(
    (name): name is string => typeof name === "string" && name !== "",
  );
}
