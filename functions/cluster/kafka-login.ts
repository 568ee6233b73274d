// How Kafka is logged in to, by the keys of the secret that Knative reads.

import { type KafkaAddress, SASL_MECHANISMS } from "../lib/broker/kafka/address.ts";
import { FailedError } from "../lib/failure.ts";

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
