import { expect, test } from "vitest";
import { decisionsOf, groupOf, parseKafkaAddress, showKafkaAddress, topicOf } from "./address.ts";

test("a host alone is a Kafka on its usual port, with names as Knative makes them", () => {
  const address = parseKafkaAddress("localhost");

  expect(address).toEqual({
    brokers: ["localhost:9092"],
    tls: false,
    namespace: "wadi",
    broker: "default",
    deadLetters: "wadi-dead-letters",
    partitions: 4,
  });
  expect(address && [topicOf(address), groupOf(address, "learn"), decisionsOf(address)]).toEqual([
    "knative-broker-wadi-default",
    "knative-trigger-wadi-learn",
    "wadi-dead-letters-decisions",
  ]);
});

test("several brokers, TLS, a login and names are read, and the login is not shown", () => {
  const address = parseKafkaAddress(
    "kafkas://me%40home:p%3Aw@a.example:9093,[::1]:9094?namespace=ns&broker=b&partitions=8&replication=3&mechanism=scram-sha-512&deadLetters=dlq",
  );

  expect(address).toEqual({
    brokers: ["a.example:9093", "[::1]:9094"],
    tls: true,
    namespace: "ns",
    broker: "b",
    deadLetters: "dlq",
    partitions: 8,
    replication: 3,
    sasl: { mechanism: "scram-sha-512", username: "me@home", password: "p:w" },
  });
  expect(address && showKafkaAddress(address)).toBe("kafkas://a.example:9093,[::1]:9094");
});

test.each([
  "",
  "http://localhost:9092",
  "localhost:0",
  "localhost:70000",
  "a,,b",
  "localhost/topic",
  "localhost?partition=3",
  "localhost?partitions=0",
  "localhost?replication=many",
  "localhost?namespace=Not_A_Name",
  "localhost?deadLetters=no/topic",
  ":secret@localhost",
  "me:%zz@localhost",
  "me:pw@localhost?mechanism=gssapi",
])("%j is no address", (text) => {
  expect(parseKafkaAddress(text)).toBeUndefined();
});
