// The settings of a Wadi on a cluster (store, pipelines, Kafka), read from its own objects so that nobody has to give them
// again.

import { readStepConfig, type StepConfig } from "../lib/config.ts";
import { ConfigurationError } from "../lib/errors.ts";
import { FailedError } from "../lib/failure.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { readPipelines } from "../lib/pipeline/load.ts";
import type { RedisAddress } from "../lib/store/redis/address.ts";
import type { Cluster } from "./api.ts";
import { brokerInUse, sinkOf } from "./eventing.ts";
import type { Broker, ClusterObjects, ConfigMap, EnvVar, KnativeService, Secret } from "./objects.ts";

/** The settings of learn, which has all of them; its secrets are not read where a store is given. */
export async function readSettings(
  cluster: Cluster,
  { services }: ClusterObjects,
  namespace: string,
  store: RedisAddress | undefined,
): Promise<StepConfig> {
  const env: Record<string, string> = {};
  for (const variable of containerOf(withStore(services)).env ?? []) {
    if (store !== undefined && variable.name === "WADI_STORE") continue;
    const value = await settingOf(variable, cluster, namespace);
    if (value !== undefined) env[variable.name] = value;
  }
  const settings = readStepConfig(env);
  return store === undefined ? settings : { ...settings, store };
}

/** The step that learns; else any that has a store. */
function withStore(services: readonly KnativeService[]): KnativeService {
  const hasStore = (service: KnativeService) => containerOf(service).env?.some(({ name }) => name === "WADI_STORE");
  const found = services.find((one) => one.metadata.name === "learn" && hasStore(one)) ?? services.find(hasStore);
  if (found !== undefined) return found;
  throw new FailedError("no step has a store (WADI_STORE): give one with --redis, or install the chart again");
}

/** Of the dashboard's admin API. @throws FailedError, ClusterError. */
export async function readTokenOf(cluster: Cluster, dashboard: KnativeService, namespace: string): Promise<string> {
  const variable = containerOf(dashboard).env?.find(({ name }) => name === "WADI_ADMIN_TOKEN");
  const token = variable && (await settingOf(variable, cluster, namespace));
  if (token !== undefined) return token;
  throw new FailedError("the dashboard has no token (WADI_ADMIN_TOKEN): install the chart again");
}

async function settingOf(
  { value, valueFrom }: EnvVar,
  cluster: Cluster,
  namespace: string,
): Promise<string | undefined> {
  const { name, key } = valueFrom?.secretKeyRef ?? {};
  if (name === undefined || key === undefined) return value;
  return secretValue(await readSecret(cluster, namespace, name), key);
}

export function readSecret(cluster: Cluster, namespace: string, name: string): Promise<Secret> {
  return cluster.get<Secret>(`/api/v1/namespaces/${namespace}/secrets/${encodeURIComponent(name)}`);
}

export function secretValue({ data, metadata }: Secret, key: string): string | undefined {
  const value = data?.[key];
  if (value === undefined)
    throw new FailedError(`the secret ${metadata.name} has no key ${key}: see store.secret of the chart`);
  return Buffer.from(value, "base64").toString("utf8");
}

/** The pipeline files of the newest revision, from the ConfigMap mounted in it. */
export async function readDeployedPipelines(
  cluster: Cluster,
  { services }: ClusterObjects,
  namespace: string,
): Promise<Pipelines> {
  const { volumes = [] } = withPipelines(services).spec.template.spec;
  const name = volumes.find((volume) => volume.name === "pipelines")?.configMap?.name ?? "";
  const { data = {} } = await cluster.get<ConfigMap>(
    `/api/v1/namespaces/${namespace}/configmaps/${encodeURIComponent(name)}`,
  );
  const files = Object.entries(data).map(([file, text]) => ({ file: `${name}/${file}`, text }));
  if (files.length === 0) throw new FailedError(`the ConfigMap ${name} has no pipeline file: install the chart again`);
  return readPipelines(files);
}

function withPipelines(services: readonly KnativeService[]): KnativeService {
  const has = ({ spec }: KnativeService) => spec.template.spec.volumes?.some(({ name }) => name === "pipelines");
  const found = services.find((one) => one.metadata.name === "learn" && has(one)) ?? services.find(has);
  if (found !== undefined) return found;
  throw new FailedError("no step has pipeline files (a volume named pipelines): install the chart again");
}

function containerOf({ spec }: KnativeService) {
  return spec.template.spec.containers?.[0] ?? { name: "", env: [] };
}

/** Where the Broker keeps its events in Kafka. */
export interface BrokerStorage {
  readonly bootstrap: string;
  readonly topic: string;
  readonly deadLetters: string | undefined;
  /** Knative's secret with the login, in the namespace of the Broker's ConfigMap. */
  readonly secret?: { readonly name: string; readonly namespace: string };
}

/** @throws FailedError where the Broker does not keep its events in Kafka. */
export async function readBrokerStorage(
  cluster: Cluster,
  objects: ClusterObjects,
  namespace: string,
): Promise<BrokerStorage> {
  const broker = brokerInUse(objects);
  if (broker === undefined) throw new FailedError("there is no Broker in the namespace");
  const className = broker.metadata.annotations?.["eventing.knative.dev/broker.class"] ?? "";
  if (!className.startsWith("Kafka")) {
    throw new FailedError(`a Broker of class ${className || "?"} keeps no log: only one of class Kafka does`);
  }
  const { namespace: home = namespace, name } = broker.spec?.config ?? {};
  const config =
    name === undefined
      ? {}
      : ((await cluster.get<ConfigMap>(`/api/v1/namespaces/${home}/configmaps/${encodeURIComponent(name)}`)).data ??
        {});
  const secret = config["auth.secret.ref.name"];
  const sink = sinkOf(objects);
  return {
    bootstrap: bootstrapOf(broker, config),
    topic: topicOf(broker, namespace),
    deadLetters: sink?.topic,
    ...(secret !== undefined && secret !== "" && { secret: { name: secret, namespace: home } }),
  };
}

function bootstrapOf(broker: Broker, config: Readonly<Record<string, string>>): string {
  const found = broker.status?.annotations?.["bootstrap.servers"] ?? config["bootstrap.servers"];
  if (found !== undefined && found !== "") return found;
  throw new ConfigurationError("the Broker's ConfigMap has no bootstrap.servers: give Kafka's address with --kafka");
}

function topicOf({ status, metadata }: Broker, namespace: string): string {
  return (
    status?.annotations?.["default.topic"] ??
    metadata.annotations?.["kafka.eventing.knative.dev/external.topic"] ??
    `knative-broker-${namespace}-${metadata.name}`
  );
}
