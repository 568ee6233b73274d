// The errors of talking to a cluster, each with its cure.

import { FailedError } from "../lib/failure.ts";

export type ClusterFailureKind =
  | "away" // no answer
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

/** For an answer of the API server other than 2xx. */
export function refusal(status: number, body: string, { context, server, path }: Asked): ClusterError {
  const said = messageOf(body);
  if (status === 401 && context === IN_CLUSTER) {
    const message =
      "the API server does not accept the token of the pod's account (401): install the chart again, then delete the pod";
    return new ClusterError("unknown-user", message);
  }
  if (status === 401) {
    return new ClusterError(
      "unknown-user",
      `the API server of context ${context} does not accept your credentials (401): log in again as your cluster's provider says, then try kubectl get pods`,
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
  if (parts === undefined) return `you may not read ${path} (403): ${said}; ask a cluster admin for the right to`;
  const { user, verb, resource, group, namespace } = parts;
  const what = group === "" ? resource : `${resource}.${group}`;
  const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
  const role = namespace === undefined ? "a ClusterRole" : "a Role";
  return `you (${user}) may not ${verb} ${what}${where}: ask a cluster admin to bind you to ${role} that allows this; the chart's Role wadi-viewer (rbac.viewers) allows all that is needed in Wadi's own namespace`;
}

/** For a port-forward, which is opened over a WebSocket: its refusal has no body. */
export function refusedForward(pod: string, namespace: string, error: unknown): ClusterError {
  const said = (error as { message?: string } | undefined)?.message ?? String(error);
  const status = /response: (\d{3})/.exec(said)?.[1];
  if (status === "401" || status === "403") {
    return new ClusterError(
      "forbidden",
      `you may not reach the pod ${pod} in namespace ${namespace} (port-forward): ask a cluster admin for a Role there that allows to get and create pods/portforward, get services and list pods; or give addresses that can be reached from here (--redis, --kafka)`,
      { cause: error },
    );
  }
  if (status === "404")
    return new ClusterError("not-found", `the pod ${pod} in namespace ${namespace} is gone`, { cause: error });
  return new ClusterError("away", `the pod ${pod} in namespace ${namespace} cannot be reached: ${said}`, {
    cause: error,
  });
}

/** The context of a process that runs on the cluster itself. */
export const IN_CLUSTER = "in-cluster";

const CERTIFICATE = /certificate|CERT_|self[- ]signed|SSL|TLS/i;

/** For no answer at all. */
export function noAnswer(error: unknown, { context, server }: Omit<Asked, "path">): ClusterError {
  const { code, message } = error as NodeJS.ErrnoException;
  const said = message || code || String(error);
  if (context === IN_CLUSTER) {
    const why = `the API server at ${server} does not answer: ${said}; see whether a NetworkPolicy keeps the dashboard from it (networkPolicy.apiServer of the chart)`;
    return new ClusterError("away", why, { cause: error });
  }
  const cure =
    CERTIFICATE.test(said) || CERTIFICATE.test(code ?? "")
      ? "its certificate does not match the kube config; fetch a new kube config (kind export kubeconfig, or as your provider says)"
      : "start the cluster, or choose another context (--context; kubectl config get-contexts lists them)";
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
