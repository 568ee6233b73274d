// The API server of a cluster: reads objects as JSON and forwards ports of pods. The only file that uses the Kubernetes
// client, which takes a second to load and so is loaded with the first connection.

import { existsSync } from "node:fs";
import type { RequestOptions } from "node:https";
import type { Socket } from "node:net";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Env } from "../lib/config.ts";
import { asError } from "../lib/errors.ts";
import { FailedError, UsageError } from "../lib/failure.ts";
import { suggestion } from "../lib/nearest.ts";
import { ClusterError, refusedForward } from "./failure.ts";
import { type ClusterReader, readCluster } from "./reader.ts";

export interface Cluster extends ClusterReader {
  /**
   * Connects a local socket to a port of a pod until either end closes. @throws ClusterError before any byte is passed on.
   */
  forward(namespace: string, pod: string, port: number, local: Socket): Promise<void>;
}

/** Sends no request yet. @throws FailedError, UsageError with the cure. */
export async function connectCluster(context: string | undefined, env: Env): Promise<Cluster> {
  const client = await import("@kubernetes/client-node");
  const config = loadConfig(new client.KubeConfig(), () => new client.KubeConfig(), env);
  if (context !== undefined) chooseContext(config, context);
  const name = config.getCurrentContext();
  const server = config.getCurrentCluster()?.server;
  if (server === undefined || !URL.canParse(server)) {
    throw new FailedError(
      `the kube config has no current context${name ? ` (${name} names no cluster)` : ""}: choose one with --context, or kubectl config use-context; it has ${namesOf(config)}`,
    );
  }
  const asked = { context: name, server };
  const portForward = new client.PortForward(config);

  async function credentials(): Promise<RequestOptions> {
    const options: RequestOptions = {};
    try {
      await config.applyToHTTPSOptions(options as Parameters<KubeConfig["applyToHTTPSOptions"]>[0]);
    } catch (error) {
      throw new ClusterError(
        "unknown-user",
        `cannot get the credentials of context ${name}: ${asError(error).message}; see whether kubectl get pods works`,
        { cause: error },
      );
    }
    return options;
  }

  return {
    ...readCluster(asked, credentials),
    async forward(namespace, pod, port, local) {
      // The error channel: one line where the pod's node cannot reach the port, after which nothing comes.
      const refused = { write: (said: Buffer) => said.length === 0 || local.destroy(new Error(String(said).trim())) };
      const [output, failures] = [local, refused as unknown as NodeJS.WritableStream];
      const socket = await portForward
        .portForward(namespace, pod, [port], output, failures as never, local)
        .catch((error: unknown) => {
          throw refusedForward(pod, namespace, error);
        });
      if (typeof socket === "function") throw new Error("a forward that reconnects was not asked for");
      local.on("close", () => socket.close());
      socket.on("close", () => local.end());
      socket.on("error", (error: Error) => local.destroy(error));
      // Backpressure: the local end takes bytes more slowly than they come.
      socket.on("message", () => {
        if (local.writableNeedDrain && !socket.isPaused) socket.pause();
      });
      local.on("drain", () => socket.resume());
      if (local.destroyed) socket.close();
    },
  };
}

/** Looks where kubectl looks. */
function loadConfig(config: KubeConfig, another: () => KubeConfig, env: Env): KubeConfig {
  const named = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const home = join(env["HOME"] || homedir(), ".kube/config");
  const files = (named.length > 0 ? named : [home]).filter((path) => existsSync(path));
  if (files.length === 0) {
    if (named.length === 0 && env["KUBERNETES_SERVICE_HOST"] !== undefined) {
      config.loadFromCluster();
      return config;
    }
    const where = named.length > 0 ? `KUBECONFIG names ${named.join(", ")}, which` : `${home}, the kube config,`;
    throw new FailedError(
      `${where} does not exist: make a cluster (make deploy), or set KUBECONFIG to the file that your provider gave you`,
    );
  }
  for (const [i, file] of files.entries()) {
    try {
      if (i === 0) config.loadFromFile(file);
      else {
        const more = another();
        more.loadFromFile(file);
        config.mergeConfig(more, true);
      }
    } catch (error) {
      throw new FailedError(
        `${file} is not a kube config: ${asError(error).message}; fetch a new one, or name another (KUBECONFIG)`,
        {
          cause: error,
        },
      );
    }
  }
  return config;
}

function chooseContext(config: KubeConfig, name: string): void {
  const names = config.getContexts().map((one) => one.name);
  if (!names.includes(name)) {
    throw new UsageError(`--context: the kube config has no context ${JSON.stringify(name)}${suggestion(name, names)}`);
  }
  config.setCurrentContext(name);
}

function namesOf(config: KubeConfig): string {
  return (
    config
      .getContexts()
      .map(({ name }) => name)
      .join(", ") || "none"
  );
}
