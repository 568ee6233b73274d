// What keeps a command from a cluster, each told with its cure; and how hosts of a cluster are reached from here. A server
// of this process stands for the API server where one has to answer.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { run } from "../cli/program-under-test.contract.ts";
import type { Cluster } from "./api.ts";
import { ClusterError, refusal, refusedForward } from "./failure.ts";
import { openForwards, serviceNameOf } from "./forward.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "wadi-kube-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** A kube config with the contexts `here` and `there`, both of one server. */
function configOf(server: string): string {
  const file = join(folder(), "config");
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: ["here", "there"].map((name) => ({ name, context: { cluster: "c", user: "u" } })),
      "current-context": "here",
    }),
  );
  return file;
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const status = (env: Record<string, string>, ...more: readonly string[]) =>
  run(["status", "--cluster", ...more], { env: { HOME: folder(), ...env } });

describe("a command says what keeps it from the cluster", () => {
  test("no kube config at all", async () => {
    const { code, err } = await status({});

    expect(code).toBe(1);
    expect(err).toMatch(
      /\.kube\/config, the kube config, does not exist: make a cluster \(make deploy\), or set KUBECONFIG/,
    );
  });

  test("a kube config named by KUBECONFIG that does not exist, or is broken", async () => {
    const broken = join(folder(), "broken");
    writeFileSync(broken, "{ no yaml");

    const missing = await status({ KUBECONFIG: "/nowhere/config" });
    const none = await status({ KUBECONFIG: broken });

    expect(missing.err).toContain("KUBECONFIG names /nowhere/config, which does not exist");
    expect(none.err).toContain(`${broken} is not a kube config`);
  });

  test("a context that is mistyped", async () => {
    const { code, err } = await status({ KUBECONFIG: configOf("https://127.0.0.1:1") }, "--context", "ther");

    expect(code).toBe(2);
    expect(err).toContain('the kube config has no context "ther"; did you mean "there"?');
  });

  test("an API server that is away", async () => {
    const server = createServer();
    const port = await listening(server);
    await new Promise((done) => server.close(done));

    const { code, err } = await status({ KUBECONFIG: configOf(`https://127.0.0.1:${port}`) });

    expect(code).toBe(1);
    expect(err).toMatch(/the API server of context here at https:\/\/127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED/);
    expect(err).toContain("start the cluster, or choose another context");
  });

  test("a server that is no API server, and a cluster without Knative", async () => {
    const other = createHttp((_, answer) => answer.end("<html>hello</html>"));
    const bare = createHttp((_, answer) => answer.writeHead(404).end("404 page not found"));
    const [otherPort, barePort] = [await listening(other), await listening(bare)];

    const hello = await status({ KUBECONFIG: configOf(`http://127.0.0.1:${otherPort}`) });
    const without = await status({ KUBECONFIG: configOf(`http://127.0.0.1:${barePort}`) });

    expect(hello.err).toContain("did not answer with JSON: is it the API server of a cluster");
    expect(without.err).toContain("this cluster has no Knative Serving");
  });

  test("an option of clusters without --cluster", async () => {
    for (const command of ["status", "doctor"]) {
      const { code, err } = await run([command, "--redis", "redis://127.0.0.1"], { env: {} });

      expect(code).toBe(2);
      expect(err).toContain("--redis is for a Wadi on a cluster: add --cluster");
    }
  });
});

describe("an answer of the API server becomes a message with its cure", () => {
  const asked = { context: "here", server: "https://example", path: "/api/v1/pods" };

  test("a right that is missing, by verb, resource and namespace", () => {
    const message =
      'secrets "store" is forbidden: User "ann" cannot get resource "secrets" in API group "" in the namespace "wadi"';

    const error = refusal(403, JSON.stringify({ message }), asked);

    expect(error.kind).toBe("forbidden");
    expect(error.message).toContain(
      "you (ann) may not get secrets in namespace wadi: ask a cluster admin to bind you to a Role that allows this",
    );
  });

  test("a refused port-forward names the rights that it needs", () => {
    const error = refusedForward("redis-0", "redis", new Error("Unexpected server response: 403"));

    expect(error.message).toMatch(/pod redis-0 in namespace redis .*get and create pods\/portforward/);
  });

  test("an expired login, a failing server, and an answer without a body", () => {
    expect(refusal(401, "", asked).message).toContain("log in again");
    expect(refusal(503, "busy", asked).message).toContain("answered 503 to /api/v1/pods: busy");
    expect(refusal(500, "", asked).message).toContain("no reason given");
  });
});

describe("a host is of the cluster", () => {
  test.each([
    ["redis.redis.svc.cluster.local", { service: "redis", namespace: "redis", inCluster: true }],
    ["redis.redis.svc", { service: "redis", namespace: "redis", inCluster: true }],
    ["redis.data", { service: "redis", namespace: "data", inCluster: false }],
    ["redis", { service: "redis", namespace: "wadi", inCluster: false }],
    ["kafka-0.kafka.data.svc.cluster.local", { pod: "kafka-0", service: "kafka", namespace: "data", inCluster: true }],
  ])("%s", (host, name) => {
    expect(serviceNameOf(host, "wadi")).toEqual(name);
  });

  test.each(["127.0.0.1", "localhost", "redis.example.com", "fd00::1"])("%s is not", (host) => {
    expect(serviceNameOf(host, "wadi")).toBeUndefined();
  });
});

describe("a forward", () => {
  const service = {
    metadata: { name: "redis" },
    spec: { selector: { app: "redis" }, ports: [{ port: 6379, targetPort: "store" }] },
  };
  const pod = (name: string, ready: "True" | "False") => ({
    metadata: { name },
    spec: { containers: [{ name: "redis", ports: [{ name: "store", containerPort: 7000 }] }] },
    status: { conditions: [{ type: "Ready", status: ready }] },
  });

  /** Its pods echo; what was forwarded is noted. */
  function clusterWith(pods: readonly object[], aims: unknown[] = []): Cluster {
    return {
      context: "here",
      server: "https://example",
      async get<T>(path: string): Promise<T> {
        if (/\/services\/redis$/.test(path)) return service as T;
        if (/\/pods\?/.test(path)) return { items: pods } as T;
        throw new ClusterError("not-found", `${path} is not there`);
      },
      text: async () => "",
      async forward(namespace: string, name: string, port: number, local: Socket) {
        aims.push([namespace, name, port]);
        local.pipe(local);
      },
    };
  }

  function openTo(cluster: Cluster) {
    const forwards = openForwards(cluster, "wadi");
    onTestFinished(() => forwards.close());
    return forwards;
  }

  async function echo(port: number): Promise<string> {
    const socket = connect(port, "127.0.0.1");
    const said = new Promise<string>((done, fail) => {
      socket.once("data", (data) => done(String(data)));
      socket.once("error", fail);
      socket.once("close", () => fail(new Error("closed")));
    });
    socket.write("hello");
    return said.finally(() => socket.destroy());
  }

  test("leads from a port of the loopback to the target port of a ready pod of the Service", async () => {
    const aims: unknown[] = [];
    const forwards = openTo(clusterWith([pod("redis-0", "False"), pod("redis-1", "True")], aims));

    const { host, port } = await forwards.reach("redis.redis.svc", 6379);

    expect(host).toBe("127.0.0.1");
    expect(await echo(port)).toBe("hello");
    expect(await echo(port)).toBe("hello");
    expect(await forwards.reach("redis.redis.svc", 6379)).toEqual({ host, port });
    expect(aims).toEqual([
      ["redis", "redis-1", 7000],
      ["redis", "redis-1", 7000],
    ]);
  });

  test("is not made for a host outside of the cluster", async () => {
    const forwards = openTo(clusterWith([]));

    expect(await forwards.reach("redis.example.com", 6379)).toEqual({ host: "redis.example.com", port: 6379 });
    expect(await forwards.reach("cache.example", 6379)).toEqual({ host: "cache.example", port: 6379 });
  });

  test("to a Service that does not exist or has no ready pod fails with the reason, and works once the pod is ready", async () => {
    const pods: object[] = [];
    const forwards = openTo(clusterWith(pods));

    await expect(forwards.reach("other.redis.svc", 6379)).rejects.toThrow(/no Service other in namespace redis/);
    await expect(forwards.reach("redis.redis.svc", 6379)).rejects.toThrow(/no pod of the Service redis.*is ready/);
    pods.push(pod("redis-0", "True"));
    expect((await forwards.reach("redis.redis.svc", 6379)).host).toBe("127.0.0.1");
  });

  test("that is refused ends the connection and remembers why", async () => {
    const cluster: Cluster = {
      ...clusterWith([pod("redis-0", "True")]),
      forward: async () => {
        throw new ClusterError("forbidden", "you may not reach the pod");
      },
    };
    const forwards = openTo(cluster);
    const { port } = await forwards.reach("redis.redis.svc", 6379);

    await expect(echo(port)).rejects.toThrow();

    expect(forwards.failure("redis.redis.svc", 6379)).toBe("you may not reach the pod");
  });
});
