// Where a Redis is: one server, or the nodes that a Redis Cluster may be found by.
//
//   redis[s][+cluster]://[user[:password]@]host[:port][,host[:port]...][/db][?namespace=name]
//
// `rediss` is TLS. User and password are percent-encoded; a password alone is `:password@`. Several hosts, and no db,
// are for a Cluster. What shares a Redis with another Wadi takes a namespace; it stands before every key.

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface RedisAddress {
  readonly kind: "redis";
  readonly cluster: boolean;
  readonly tls: boolean;
  readonly nodes: readonly [RedisNode, ...RedisNode[]];
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  readonly namespace: string;
  /** Whose certificate is expected, where the address leads there by a way of its own; default: the host's. */
  readonly servername?: string;
}

export const REDIS_EXAMPLE = "redis://user:password@127.0.0.1:6379/0";

const ADDRESS =
  /^redis(?<tls>s?)(?<cluster>\+cluster)?:\/\/(?:(?<login>[^@/?]*)@)?(?<hosts>[^@/?]+)(?:\/(?<db>\d{0,4}))?(?:\?namespace=(?<namespace>[\w.-]{1,64}))?$/;
const NODE = /^(?<host>[\w.-]+|\[[\da-fA-F:.]+\])(?::(?<port>\d{1,5}))?$/;

/** Undefined for what is no such address. */
export function parseRedisAddress(text: string): RedisAddress | undefined {
  const parts = ADDRESS.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { tls, cluster, login, hosts = "", db = "", namespace = "" } = parts;
  const [first, ...others] = hosts.split(",").map(parseNode);
  const credentials = login === undefined ? {} : parseLogin(login);
  if (first === undefined || others.includes(undefined) || credentials === undefined) return undefined;
  if (cluster === undefined ? others.length > 0 : Number(db) > 0) return undefined;
  return {
    kind: "redis",
    cluster: cluster !== undefined,
    tls: tls === "s",
    nodes: [first, ...(others as RedisNode[])],
    ...credentials,
    db: Number(db),
    namespace,
  };
}

/** For messages and logs: without user and password. */
export function showRedisAddress({ cluster, tls, nodes, db }: RedisAddress): string {
  const hosts = nodes.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`).join(",");
  return `redis${tls ? "s" : ""}${cluster ? "+cluster" : ""}://${hosts}${db > 0 ? `/${db}` : ""}`;
}

function parseNode(text: string): RedisNode | undefined {
  const parts = NODE.exec(text)?.groups;
  const port = Number(parts?.["port"] ?? 6379);
  if (parts?.["host"] === undefined || port < 1 || port > 65_535) return undefined;
  return { host: parts["host"].replace(/^\[|\]$/g, ""), port };
}

function parseLogin(login: string): { username?: string; password?: string } | undefined {
  const [user = "", ...rest] = login.split(":");
  try {
    const [username, password] = [decodeURIComponent(user), decodeURIComponent(rest.join(":"))];
    return { ...(username === "" ? {} : { username }), ...(password === "" ? {} : { password }) };
  } catch {
    return undefined;
  }
}
