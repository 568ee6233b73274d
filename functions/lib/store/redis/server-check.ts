// Whether a Redis can be a store at all, read off what its INFO says.

/** What hinders it, with the cure; undefined where nothing does. */
export function problemOf(info: string, asCluster: boolean): string | undefined {
  const fields = new Map(info.split(/\r?\n/).map((line) => line.split(":", 2) as [string, string]));
  const version = fields.get("redis_version") ?? "";
  const policy = fields.get("maxmemory_policy") ?? "noeviction";
  if (fields.get("loading") === "1") return "it is still reading its data; it answers by itself when it has";
  if (fields.get("cluster_enabled") === "1" && !asCluster) {
    return "it is a node of a Redis Cluster; name it as redis+cluster://host:port";
  }
  if (isOlder(version, [6, 2])) return `it is Redis ${version}; use Redis 6.2 or later, or Valkey`;
  if (policy !== "noeviction") {
    return (
      `its maxmemory-policy is ${policy}: out of memory it would forget what was learned, and learn it twice; set ` +
      "maxmemory-policy noeviction in its configuration (and at once: redis-cli CONFIG SET maxmemory-policy noeviction)"
    );
  }
  if (fields.get("role") === "slave") {
    return "it is a read-only replica; name the primary, or wait until one is elected";
  }
  return undefined;
}

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [has, and] = version.split(".").map(Number);
  if (has === undefined || and === undefined || Number.isNaN(has) || Number.isNaN(and)) return false;
  return has < major || (has === major && and < minor);
}
