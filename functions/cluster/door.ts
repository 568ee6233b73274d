// An address on this machine under which a Knative Service of the cluster is reached, asleep or not. A port-forward needs a pod, and
// at zero there is none: so each request goes to Knative's activator, which wakes the Service, waits for it, and counts what is
// under way, so that it stays awake while somebody looks. Every Knative Serving has an activator, whatever its ingress is.

import { Agent, createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { steadyNow } from "../lib/clock.ts";
import { asError, ConfigurationError } from "../lib/errors.ts";
import { FailedError } from "../lib/failure.ts";
import type { Cluster } from "./api.ts";
import { ClusterError } from "./failure.ts";
import type { Forwards } from "./forward.ts";
import type { KnativeService } from "./objects.ts";

export interface Door {
  /** `http://127.0.0.1:41234`. */
  readonly url: string;
  close(): void;
}

export interface DoorOptions {
  readonly cluster: Pick<Cluster, "get">;
  readonly forwards: Pick<Forwards, "reach" | "failure">;
  readonly namespace: string;
  readonly service: string;
  /** Of this machine; 0: any free one. */
  readonly port: number;
}

const ACTIVATOR = { host: "activator-service.knative-serving.svc", port: 80 };
/** For so long a revision is taken for the newest one. */
const REVISION_MS = 5000;
/** Those of one connection, which are not passed on (RFC 9110, 7.6.1). */
const HOP = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

/** @throws FailedError, ClusterError where there is no such Service or no way to it; ConfigurationError for a port that is taken. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { forwards, port } = options;
  const revision = revisionOf(options);
  await revision();
  const agent = new Agent({ keepAlive: true });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [name, endpoint] = await Promise.all([revision(), reachActivator(forwards)]);
    const headers = { ...request.headers };
    for (const hop of HOP) delete headers[hop];
    // Which revision is meant; the host stays what the browser has, by which the page knows itself.
    headers["knative-serving-namespace"] = options.namespace;
    headers["knative-serving-revision"] = name;
    const { method = "GET", url = "/" } = request;
    const onward = requestHttp({ ...endpoint, agent, method, path: url, headers }, (answer) => {
      const back = { ...answer.headers };
      for (const hop of HOP) delete back[hop];
      response.writeHead(answer.statusCode ?? 502, back);
      // What is small is passed on at once, as a stream of changes is.
      response.flushHeaders();
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    onward.on("error", (error) => refuse(response, forwards.failure(ACTIVATOR.host, ACTIVATOR.port) ?? error.message));
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }

  const server = createServer((request, response) => {
    pass(request, response).catch((error: unknown) => refuse(response, asError(error).message));
  });
  const url = await new Promise<string>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new ConfigurationError(`port ${port} cannot be used here: ${cause.message}; choose another (--port)`, {
          cause,
        }),
      ),
    );
    server.listen(port, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
  return {
    url,
    close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

/** The cures of a port-forward name options that other commands have. */
function reachActivator(forwards: DoorOptions["forwards"]): ReturnType<Forwards["reach"]> {
  return forwards.reach(ACTIVATOR.host, ACTIVATOR.port).catch((error: unknown) => {
    const kind = error instanceof ClusterError ? error.kind : undefined;
    const cures: Partial<Record<NonNullable<typeof kind>, string>> = {
      "not-found": "it is not in namespace knative-serving: is Knative Serving installed there?",
      forbidden:
        "you may not: ask a cluster admin for a Role in knative-serving that allows to get services, list pods, and get and create pods/portforward",
    };
    const why = (kind && cures[kind]) ?? asError(error).message;
    throw new FailedError(`Knative's activator cannot be reached: ${why}`, { cause: error });
  });
}

function refuse(response: ServerResponse, why: string): void {
  if (response.headersSent) return void response.destroy();
  const body = {
    type: "about:blank",
    title: "Bad Gateway",
    status: 502,
    detail: `the dashboard cannot be asked: ${why}`,
  };
  response.writeHead(502, { "content-type": "application/problem+json" }).end(JSON.stringify(body));
}

/** The newest one that is ready. */
function revisionOf({ cluster, namespace, service }: DoorOptions): () => Promise<string> {
  let known: { readonly name: string; readonly at: number } | undefined;
  return async () => {
    const now = steadyNow();
    if (known !== undefined && now - known.at < REVISION_MS) return known.name;
    const found = await readService(cluster, namespace, service).catch((error: unknown) => {
      // A look that fails does not end what goes on.
      if (known === undefined) throw error;
      return undefined;
    });
    const name = found?.status?.latestReadyRevisionName ?? known?.name;
    if (name === undefined) {
      throw new FailedError(
        `${service} in namespace ${namespace} is not ready yet: kubectl -n ${namespace} describe ksvc ${service}`,
      );
    }
    known = { name, at: now };
    return name;
  };
}

export async function readService(
  cluster: Pick<Cluster, "get">,
  namespace: string,
  service: string,
): Promise<KnativeService> {
  const path = `/apis/serving.knative.dev/v1/namespaces/${encodeURIComponent(namespace)}/services/${service}`;
  try {
    return await cluster.get<KnativeService>(path);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.kind !== "not-found") throw error;
    const message = `there is no ${service} in namespace ${namespace}: deploy it (dashboard.enabled of the chart), or look elsewhere with --namespace or --context`;
    throw new FailedError(message, { cause: error });
  }
}
