// A Redis that speaks TLS, under a certificate of a CA of the test's own.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../../free-port.ts";
import { hasRedisServer, startRedis } from "../fixtures/redis-server.ts";
import { openRedisStore } from "./redis.ts";

const WRITER = join(import.meta.dirname, "../fixtures/redis-writer.ts");
const PASSWORD = "hunter2";

// What is skipped is not cleaned up after.
const folder = hasRedisServer ? mkdtempSync(join(tmpdir(), "wadi-tls-")) : tmpdir();
afterAll(() => {
  if (hasRedisServer) rmSync(folder, { recursive: true });
});

const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
const made =
  hasRedisServer &&
  spawnSync("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
  ]);

const hasCertificate = made !== false && made.status === 0;
if (!hasCertificate && process.env["CI"] === "true") {
  throw new Error(
    "there is no openssl to make a certificate with; install it, for instance with apt-get install openssl",
  );
}

describe.runIf(hasCertificate)("a Redis that speaks TLS", { timeout: 30_000, tags: ["redis", "openssl"] }, () => {
  async function start() {
    const port = await freePort();
    const files = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate];
    const redis = await startRedis("--tls-port", `${port}`, "--tls-auth-clients", "no", ...files);
    redis.cli("ACL", "SETUSER", "ann", "on", `>${PASSWORD}`, "~*", "+@all");
    const nodes = [{ host: "localhost", port }] as const;
    return { redis, port, address: redis.address({ tls: true, nodes, username: "ann", password: PASSWORD }) };
  }

  test("is learned in by whoever trusts the CA, with a user and a password", async () => {
    const { redis, port } = await start();

    const { status } = spawnSync(process.execPath, [WRITER, `rediss://ann:${PASSWORD}@localhost:${port}`, "0", "20"], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
    });

    expect(status).toBe(0);
    expect(JSON.parse(redis.cli("HGET", "{p}:state:1", "state"))).toMatchObject({ count: 20 });
  });

  test("is refused by whoever does not, with the cure", async () => {
    const { address } = await start();
    const store = openRedisStore(address, { now: Date.now, joinWindowMs: () => 0 });
    onTestFinished(() => store.close());

    await expect(store.check()).rejects.toThrow(
      /^the store rediss:\/\/localhost:\d+ cannot be used: TLS failed; name a CA/,
    );
  });
});
