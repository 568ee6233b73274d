// The API server of a cluster: reads objects as JSON and forwards ports of pods. The only file that uses the Kubernetes
// client, which takes a second to load and so is loaded with the first connection.

import { existsSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { type RequestOptions, request as requestHttps } from "node:https";
import type { Socket } from "node:net";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Env } from "../lib/config.ts";
import { asError } from "../lib/errors.ts";
import { FailedError, UsageError } from "../lib/failure.ts";
import { suggestion } from "../lib/nearest.ts";
import { ClusterError, noAnswer, refusal, refusedForward } from "./failure.ts";

export interface Cluster {
  readonly context: string;
  readonly server: string;
  /** The JSON at a path of the API. @throws ClusterError. */
  get<T>(path: string): Promise<T>;
  /** The text at a path of the API, as of a log. @throws ClusterError. */
  text(path: string): Promise<string>;
  /**
   * Connects a local socket to a port of a pod until either end closes. @throws ClusterError before any byte is passed on.
   */
  forward(namespace: string, pod: string, port: number, local: Socket): Promise<void>;
}

const ANSWER_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

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

  async function text(path: string): Promise<string> {
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
    const { status, body } = await fetchText(server + path, options).catch((error: unknown) => {
      throw noAnswer(error, asked);
    });
    if (status >= 200 && status < 300) return body;
    throw refusal(status, body, { ...asked, path });
  }

  return {
    ...asked,
    text,
    async get<T>(path: string): Promise<T> {
      const body = await text(path);
      try {
        return JSON.parse(body) as T;
      } catch (error) {
        const message = `${server}${path} did not answer with JSON: is it the API server of a cluster (--context)?`;
        throw new ClusterError("refused", message, { cause: error });
      }
    },
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

function fetchText(url: string, options: RequestOptions): Promise<{ status: number; body: string }> {
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, { ...options, timeout: ANSWER_MS }, (answer) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > MAX_ANSWER_BYTES) request.destroy(new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`));
      });
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }));
    });
    request.on("timeout", () => request.destroy(new Error(`there was no answer in ${ANSWER_MS / 1000} s`)));
    request.on("error", reject);
    request.end();
  });
}
