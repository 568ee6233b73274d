// A client that sends ids as a feature: the state ends at its limit, and it is told.

import { afterEach, expect, test } from "vitest";
import { type LogFields, silentLog } from "../lib/telemetry/log.ts";
import { closeAll, example, LINE, learner, modelsOf, open, range } from "./fixtures/line.ts";

afterEach(closeAll);

const KEYED = LINE.replace("        - { name: y", "        - { name: key, type: string }\n        - { name: y").replace(
  "{ from: x, as: number }",
  "{ from: x, as: number }, { from: key, as: one-hot }",
);
const keyed = (i: number) => example(i, { x: { x: 1, [`key_${i}`]: 1 } });

async function learning(maxStateBytes: number, examples: number) {
  const store = open();
  const lines: [LogFields, string][] = [];
  const log = { ...silentLog, warn: (fields: LogFields, message: string) => void lines.push([fields, message]) };
  const { handle, telemetry } = learner(store, KEYED, { maxStateBytes, log });
  for (const i of range(examples)) await handle(keyed(i));
  const figure = async (name: string) => {
    const { values } = (await telemetry.registry.get(name)?.get()) ?? { values: [] };
    return values;
  };
  return { store, lines, figure };
}

test("beyond the limit all is learned but new names; that is counted, and logged once", async () => {
  const { store, lines, figure } = await learning(8000, 200);

  const { line, mean } = await modelsOf(store);
  const { base = "" } = await store.models.loadSince("line");
  const bytes = Buffer.byteLength(base);
  expect([line?.n, mean?.n]).toEqual([200, 200]);
  expect(line?.leftOut).toBeGreaterThan(50);
  expect(bytes).toBeLessThan(8000);
  expect(await figure("wadi_state_bytes")).toEqual([{ value: bytes, labels: { set: "line" } }]);
  expect(await figure("wadi_left_out_total")).toEqual([
    { value: line?.leftOut, labels: { set: "line", model: "line" } },
  ]);
  expect(lines).toEqual([
    [{ set: "line", model: "line", maxBytes: 8000 }, expect.stringMatching(/full.*as: hash.*WADI_MAX_STATE_BYTES/)],
  ]);
});

test("below the limit nothing is left out, and nothing said", async () => {
  const { store, lines, figure } = await learning(100_000, 200);

  expect((await modelsOf(store))["line"]).not.toHaveProperty("leftOut");
  expect(await figure("wadi_left_out_total")).toEqual([]);
  expect(lines).toEqual([]);
});
