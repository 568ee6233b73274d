// The run's own release beside the deployed one: a namespace, a Broker, dead letters and store keys of its own, which are
// removed with it. First it removes what a killed run has left.

import type { Secret } from "../cluster/objects.ts";
import { FailedError } from "../lib/failure.ts";
import type { Deployed, Values } from "./deployed.ts";
import { runTool } from "./run-tool.ts";

export interface Release {
  readonly namespace: string;
  /** The address of the store, as the cluster sees it, with the run's key prefix. */
  readonly store: string;
  /** Installs or upgrades; resolves when the cluster has accepted it. @throws FailedError. */
  apply(files: Readonly<Record<string, string>>): Promise<void>;
  /** Resolves with whether there was anything. */
  remove(): Promise<boolean>;
}

const LABEL = "wadi.dev/e2e";
const STORE_SECRET = "e2e-store";
const DELETE_PATIENCE = "300s";
/** `scale.target`: low, so that several pods learn on one model. */
const LEARN_TARGET = 12;

/** @param run a name of this run, for its topics: clients may still look for those of the run before. */
export function planRelease(deployed: Deployed, beside: string, run: string): Release {
  const namespace = `${beside}-e2e`;
  const store = withName(deployed.store, namespace);
  const inNamespace = ["--namespace", namespace];

  async function prepare(): Promise<void> {
    const labels = { "app.kubernetes.io/part-of": "wadi", [LABEL]: "true" };
    const objects = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } },
      secretOf(STORE_SECRET, { url: Buffer.from(store).toString("base64") }),
      ...deployed.secrets.map(({ metadata, data }: Secret) => secretOf(metadata.name, data ?? {})),
    ];
    await runTool("kubectl", ["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  }

  function secretOf(name: string, data: Readonly<Record<string, string>>) {
    return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data };
  }

  return {
    namespace,
    store,
    async apply(files) {
      await prepare();
      const values = valuesOf(deployed.values, files, namespace, run);
      await runTool(
        "helm",
        ["upgrade", "--install", "wadi", "helm", ...inNamespace, "-f", "-"],
        JSON.stringify(values),
      );
    },
    async remove() {
      const found = await runTool("kubectl", ["get", "namespace", namespace, "--ignore-not-found", "-o", "json"]);
      if (found.trim() === "") return false;
      const { metadata } = JSON.parse(found) as Secret;
      if (metadata.labels?.[LABEL] !== "true") {
        throw new FailedError(`the namespace ${namespace} is not of make e2e: remove it, or rename it`);
      }
      const uninstall = ["uninstall", "wadi", ...inNamespace, "--ignore-not-found", "--wait", "--timeout", "5m"];
      await runTool("helm", uninstall);
      await runTool("kubectl", [
        "delete",
        "namespace",
        namespace,
        "--ignore-not-found",
        `--timeout=${DELETE_PATIENCE}`,
      ]);
      return true;
    },
  };
}

function withName(address: string, name: string): string {
  // A name of its owner's stays the beginning of ours.
  return address.includes("?namespace=") ? `${address}.${name}` : `${address}?namespace=${name}`;
}

/** The deployed values, except those that the run needs for itself. */
export function valuesOf(
  values: Values,
  files: Readonly<Record<string, string>>,
  namespace: string,
  run: string,
): Values {
  const part = (of: unknown, key: string) => ((of as Values | undefined)?.[key] ?? {}) as Values;
  const [broker, steps] = [part(values, "broker"), part(values, "steps")];
  const learn = part(steps, "learn");
  return {
    ...values,
    broker: { ...broker, name: run, url: ownUrl(broker["url"], `/${namespace}/${run}`) },
    pipelines: { ...part(values, "pipelines"), revision: "auto", files },
    store: { ...part(values, "store"), secret: { name: STORE_SECRET, key: "url" } },
    dashboard: { ...part(values, "dashboard"), tokenSecret: "" },
    deadLetters: { ...part(values, "deadLetters"), sink: {}, topic: `${namespace}-${run}-dead-letters` },
    steps: { ...steps, learn: { ...learn, scale: { ...part(learn, "scale"), target: LEARN_TARGET } } },
  };
}

/** `http://host/namespace/broker`. */
function ownUrl(url: unknown, path: string): string {
  return typeof url === "string" ? url.replace(/\/[^/]+\/[^/]+$/, path) : "";
}
