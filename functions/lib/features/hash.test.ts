import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { murmur3 } from "../murmur3.ts";
import { hash } from "./hash.ts";

interface Golden {
  readonly buckets: number;
  readonly murmur3_seed: number;
  readonly cases: readonly {
    readonly input: Readonly<Record<string, string | number>>;
    readonly output: Readonly<Record<string, number>>;
  }[];
}

const golden = JSON.parse(readFileSync(new URL("./fixtures/hasher.json", import.meta.url), "utf8")) as Golden;

describe("murmur3", () => {
  // The published test vectors of the x86 32 bit variant.
  test.each([
    ["", 0, 0],
    ["", 1, 0x514e28b7],
    ["", 0xffffffff, 0x81f16f39],
    ["test", 0, 0xba6bd213],
    ["Hello, world!", 0, 0xc0363e43],
    ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
  ])("hashes %j with seed %i", (text, seed, expected) => {
    expect(murmur3(text, seed)).toBe(expected);
  });
});

describe("hash", () => {
  test.each(golden.cases.map((c) => [JSON.stringify(c.input), c] as const))(
    "finds River's buckets and signs of %s",
    (_, c) => {
      const found: Record<string, number> = {};
      for (const [name, value] of Object.entries(c.input)) {
        if (typeof value === "string") {
          const feature = hash.create({ from: name, as: "hash", buckets: golden.buckets, seed: golden.murmur3_seed });
          feature.extract(value, (output, sign) => {
            found[output.slice(`${name}_`.length)] = Number(sign);
          });
        } else {
          // River hashes the name of a number; the sign goes to the value.
          const hashed = murmur3(name, golden.murmur3_seed);
          found[hashed % golden.buckets] = hashed >= 0x80000000 ? -value : value;
        }
      }
      expect(found).toEqual(c.output);
    },
  );
});
