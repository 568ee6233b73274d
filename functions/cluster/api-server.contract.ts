// A server that speaks as the API server does to a pod: TLS of an authority of its own, the token of an account in a folder.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ApiServer {
  /** As in a pod. */
  readonly env: Readonly<Record<string, string>>;
  /** The account's. */
  readonly folder: string;
  write(name: "token" | "ca.crt", text: string): void;
  read(name: "token" | "ca.crt"): string;
  close(): void;
}

export interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
}

export type AnswerOf = (asked: Asked) => { readonly status: number; readonly body: string };

export async function startApiServer(answer: AnswerOf): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), "wadi-account-"));
  const make = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  const name = ["-subj", "/CN=kubernetes", "-addext", "subjectAltName=IP:127.0.0.1"];
  const [key, cert] = [join(folder, "key"), join(folder, "ca.crt")];
  execFileSync("openssl", [...make, ...name, "-keyout", key, "-out", cert], { stdio: "ignore" });
  writeFileSync(join(folder, "token"), "first\n");
  const server = createServer(
    { key: readFileSync(key), cert: readFileSync(cert) },
    ({ url = "", headers }, response) => {
      const { status, body } = answer({ url, authorization: headers.authorization });
      response.writeHead(status).end(body);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(port) },
    folder,
    write: (file, text) => writeFileSync(join(folder, file), text),
    read: (file) => readFileSync(join(folder, file), "utf8"),
    close() {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
