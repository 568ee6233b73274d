// Anchors from Python's package index: installed once into the user's cache, or of the Python that WADI_BENCH_PYTHON names.

import { spawnSync } from "node:child_process";
import { asError } from "../functions/lib/errors.ts";
import { type Peer, pythonWith } from "../functions/lib/python.contract.ts";
import type { Running, Session } from "./session.ts";

/** Never rejects: a row whose anchor cannot be had says so. */
export async function peer(requirement: string, module: string): Promise<Peer> {
  const named = process.env["WADI_BENCH_PYTHON"]?.trim() ?? "";
  if (named !== "" && spawnSync(named, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0)
    return { python: named, missing: undefined };
  return pythonWith(requirement, module).catch((error: unknown) => ({ python: "", missing: asError(error).message }));
}

export const deltaRs = () => peer("deltalake==1.6.6", "deltalake");
export const moto = () => peer("moto[server]==5.2.5", "moto.server");

/** An S3 on loopback, with the environment of who asks it. */
export async function startMoto(
  session: Session,
  python: string,
  bucket: string,
): Promise<{ readonly running: Running; readonly env: Readonly<Record<string, string>> }> {
  const program = "from moto.server import main; main(['-H', '127.0.0.1', '-p', '0'])";
  const running = session.start(python, ["-c", program], { read: "stderr" });
  const [url] = await running.find(/http:\/\/127\.0\.0\.1:\d+/);
  await fetch(`${url}/${bucket}`, { method: "PUT" });
  running.child.stderr?.resume(); // it logs every request
  const credentials = { AWS_ACCESS_KEY_ID: "a-key", AWS_SECRET_ACCESS_KEY: "a-secret", AWS_REGION: "us-east-1" };
  return { running, env: { ...credentials, AWS_ENDPOINT_URL: url, AWS_ALLOW_HTTP: "true" } };
}
