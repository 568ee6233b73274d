import fc from "fast-check";
import kafkajsMurmur2 from "kafkajs/src/producer/partitioners/default/murmur2.js";
import { expect, test } from "vitest";
import { murmur2 } from "./murmur2.ts";

test("keys get the hashes that Kafka's own clients give them", () => {
  // From UtilsTest.testMurmur2 of Apache Kafka.
  const cases = {
    "21": -973932308,
    foobar: -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
    abc: 479470107,
  };

  for (const [key, hash] of Object.entries(cases)) expect([key, murmur2(Buffer.from(key))]).toEqual([key, hash]);
});

test("any bytes get the hash that kafkajs gives them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(murmur2(bytes)).toBe(kafkajsMurmur2(Buffer.from(bytes)));
    }),
  );
});
