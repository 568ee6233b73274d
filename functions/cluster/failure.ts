// What goes wrong between here and a cluster, each with its cure.

import { FailedError } from "../lib/failure.ts";

export type ClusterFailureKind =
  | "away" // nobody answers
  | "unknown-user"
  | "forbidden"
  | "not-found"
  | "refused";

export class ClusterError extends FailedError {
  readonly kind: ClusterFailureKind;
  constructor(kind: ClusterFailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface Asked {
  readonly context: string;
  readonly server: string;
  readonly path: string;
}

/** The API server's answer other than 2xx. */
export function refusal(status: number, body: string, { context, server, path }: Asked): ClusterError {
  const said = messageOf(body);
  if (status === 401) {
    return new ClusterError(
      "unknown-user",
      `the API server of context ${context} does not know you any more (401): log in again as your cluster's provider says; kubectl get pods tells when that has worked`,
    );
  }
  if (status === 403) return new ClusterError("forbidden", forbiddenText(said, path));
  if (status === 404) return new ClusterError("not-found", `${path} is not there: ${said}`);
  return new ClusterError(
    "refused",
    `the API server ${server} answered ${status} to ${path}: ${said}; try again, or see how the cluster is: kubectl get --raw /readyz`,
  );
}

const RULE =
  /User "(?<user>[^"]*)" cannot (?<verb>\w+) resource "(?<resource>[^"]*)" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]*)")?/;

function forbiddenText(said: string, path: string): string {
  const parts = RULE.exec(said)?.groups;
  if (parts === undefined) return `you may not read ${path} (403): ${said}; whoever rules the cluster can let you`;
  const { user, verb, resource, group, namespace } = parts;
  const what = group === "" ? resource : `${resource}.${group}`;
  const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
  const role = namespace === undefined ? "a ClusterRole" : "a Role";
  return `you (${user}) may not ${verb} ${what}${where}: let whoever rules the cluster bind you to ${role} with it; the chart's wadi-viewer (rbac.viewers) has all that Wadi's own namespace takes`;
}

/** A forward is opened by a WebSocket, whose refusal has no body. */
export function refusedForward(pod: string, namespace: string, error: unknown): ClusterError {
  const said = (error as { message?: string } | undefined)?.message ?? String(error);
  const status = /response: (\d{3})/.exec(said)?.[1];
  if (status === "401" || status === "403") {
    return new ClusterError(
      "forbidden",
      `you may not reach the pod ${pod} in namespace ${namespace} (port-forward): a Role there must let you get and create pods/portforward, and get services and list pods; or name an address that is reached from here (--redis, --kafka)`,
      { cause: error },
    );
  }
  if (status === "404")
    return new ClusterError("not-found", `the pod ${pod} in namespace ${namespace} is gone`, { cause: error });
  return new ClusterError("away", `the pod ${pod} in namespace ${namespace} cannot be reached: ${said}`, {
    cause: error,
  });
}

const CERTIFICATE = /certificate|CERT_|self[- ]signed|SSL|TLS/i;

/** No answer at all. */
export function noAnswer(error: unknown, { context, server }: Omit<Asked, "path">): ClusterError {
  const { code, message } = error as NodeJS.ErrnoException;
  const said = message || code || String(error);
  const cure =
    CERTIFICATE.test(said) || CERTIFICATE.test(code ?? "")
      ? "its certificate is not the one that the kube config names; write the config anew (kind export kubeconfig, or as your provider says)"
      : "start the cluster, or name another context (--context; kubectl config get-contexts lists them)";
  return new ClusterError(
    "away",
    `the API server of context ${context} at ${server} does not answer: ${said}; ${cure}`,
    {
      cause: error,
    },
  );
}

function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // A proxy between here and there may answer with anything.
  }
  return body.slice(0, 300).trim() || "no reason given";
}
