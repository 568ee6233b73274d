// How Kafka is logged in to, by the keys of the secret that Knative reads.

import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { ISocketFactory } from "kafkajs";
import { asError } from "../../../errors.ts";
import { FailedError } from "../../../failure.ts";
import { type KafkaAddress, SASL_MECHANISMS } from "../address.ts";

export interface Reached {
  readonly address: KafkaAddress;
  /** Replaces the certificate authorities of Node. */
  readonly ca: string | undefined;
}

/**
 * @param name of the secret, for messages. @param keyed the value of one of its keys; undefined where it has none.
 * @throws FailedError for a way to log in that is not supported.
 */
export function withLogin(address: KafkaAddress, name: string, keyed: (key: string) => string | undefined): Reached {
  const value = (key: string) => keyed(key)?.trim();
  const protocol = value("protocol") ?? "PLAINTEXT";
  const ca = value("ca.crt");
  const tls = /SSL$/.test(protocol);
  if (!protocol.startsWith("SASL")) {
    if (value("user.crt") === undefined) return { address: { ...address, tls }, ca };
    throw new FailedError(
      `Kafka asks for a client certificate (secret ${name}), which wadi does not support: give another listener with --kafka`,
    );
  }
  const mechanism = SASL_MECHANISMS.find((one) => one === value("sasl.mechanism")?.toLowerCase());
  const [username, password] = [value("user"), value("password")];
  if (mechanism === undefined || username === undefined || password === undefined) {
    throw new FailedError(
      `the secret ${name} has no user, password and sasl.mechanism (${SASL_MECHANISMS.join(", ")}) to log in with`,
    );
  }
  return { address: { ...address, tls, sasl: { mechanism, username, password } }, ca };
}

/** With the secret mounted as a folder, a file for each key; without one as the address says. @throws as `withLogin`. */
export function withMountedLogin(address: KafkaAddress, folder: string | undefined): Reached {
  if (folder === undefined) return { address, ca: undefined };
  return withLogin(address, folder, (key) => {
    try {
      return readFileSync(join(folder, key), "utf8");
    } catch {
      return undefined; // the secret has no such key
    }
  });
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** `reach`: where an address that Kafka tells is to be found. `ca` replaces the certificate authorities of Node. */
export function socketsTo(
  reach: (host: string, port: number) => Promise<Endpoint>,
  ca: string | undefined,
): ISocketFactory {
  return ({ host, port, ssl, onConnect }) => {
    const socket = new Socket();
    socket.setKeepAlive(true, 60_000);
    reach(host, port).then(
      (endpoint) => socket.connect(endpoint),
      (error: unknown) => socket.destroy(asError(error)),
    );
    if (!ssl) return socket.once("connect", onConnect);
    // The certificate is for the host's name, wherever it is reached.
    return connectTls({ socket, servername: host, ...ssl, ...(ca !== undefined && { ca }) }, onConnect);
  };
}

/** Of a Kafka whose certificate a public authority has signed, or that has none, Node's own sockets. */
export function socketsWith(ca: string | undefined): { readonly socketFactory?: ISocketFactory } {
  return ca === undefined ? {} : { socketFactory: socketsTo(async (host, port) => ({ host, port }), ca) };
}
