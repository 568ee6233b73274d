// What a form is told of sensible values, and what a prediction tells of a record that is far outside of them.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newFolder, startRunning, TOKEN } from "../fixtures/running.ts";
import { connectAdmin } from "../http/client.ts";

/** `size` by a scaler, `height` by its ends, `rate` by nothing that tells what is usual, `shop` as indicators, `kind` by an encoder, `place` by the mean of the target. */
const SHOPS = `name: shops
event:
  schemas:
    1:
      type: record
      name: R
      fields:
        - { name: size, type: double }
        - { name: height, type: int }
        - { name: shop, type: string }
        - { name: kind, type: string }
        - { name: place, type: { type: enum, name: P, symbols: [north, south, west] } }
        - { name: rate, type: double, default: 0 }
        - { name: note, type: string }
        - { name: y, type: ["null", double], default: null }
target: { field: y, task: regression }
labelHorizon: 1h
features:
  - { from: size, as: number }
  - { from: height, as: number }
  - { from: shop, as: one-hot }
  - { from: kind, as: text }
  - { from: place, as: text }
  - { from: rate, as: number }
models:
  mean: [mean-regressor]
  linear:
    - target-mean: { by: place }
    - one-hot-encoder
    - standard-scaler: { only: [size] }
    - min-max-scaler: { only: [height, size] }
    - max-abs-scaler: { only: [rate] }
    - robust-scaler: { only: [rate] }
    - linear-regression
serve: linear
metrics: [mae]
`;

async function shops() {
  const folder = newFolder();
  writeFileSync(join(folder, "shops.yaml"), SHOPS);
  const running = await startRunning({ pipelinesFolder: folder });
  const send = async (i: number) => {
    const data = { size: 600 + 200 * (i % 2), height: i % 11, shop: i % 2 ? "A_1" : "B", kind: "x", place: "north" };
    await running.send("observation", `o${i}`, { ...data, note: "", y: i % 3 }, { pipeline: "shops" });
  };
  return { running, folder, send, admin: connectAdmin({ url: running.url, token: TOKEN }) };
}

test("of each field is told what the models have learned; before that nothing is, and there is no example", async () => {
  const { running, send, admin } = await shops();
  const before = await admin.pipeline("shops");
  for (let i = 0; i < 40; i++) await send(i);
  await running.settled();

  const after = await admin.pipeline("shops");

  expect(before.record.filter(({ learned }) => learned !== undefined)).toEqual([]);
  expect([before.learnedFrom, before.example]).toEqual([undefined, undefined]);
  const learned = Object.fromEntries(after.record.map((field) => [field.name, field.learned]));
  expect(learned).toEqual({
    size: { n: 40, mean: expect.closeTo(700, 6), deviation: expect.closeTo(100, 6) },
    height: { least: 0, most: 10 },
    shop: { values: ["B", "A_1"], valuesInAll: 2 },
    kind: { values: ["x"], valuesInAll: 1 },
    place: { values: ["north"], valuesInAll: 1 },
  });
  expect(after.learnedFrom).toEqual({ set: "shops", count: 40 });
  expect(after.baselines).toEqual(["mean"]);
  expect(after.features).toContainEqual({ name: "shop_", open: true, kind: "indicator", from: "shop", as: "one-hot" });
});

test("an example is the newest observation, or after a restart one that is made up of what is usual", async () => {
  const { running, folder, send, admin } = await shops();
  for (let i = 0; i < 31; i++) await send(i);
  await running.settled();
  const { example } = await admin.pipeline("shops");
  await running.stop();
  const again = await startRunning({ dataFolder: running.folder, pipelinesFolder: folder });
  const later = await connectAdmin({ url: again.url, token: TOKEN }).pipeline("shops");

  expect(example).toEqual({
    record: { size: 600, height: 8, shop: "B", kind: "x", place: "north", rate: 0, note: "" },
    from: "observation",
    time: expect.any(Number),
  });
  // Of `note` no feature is made.
  expect(later.example).toEqual({
    record: { size: 697, height: 5, shop: "B", kind: "x", place: "north" },
    from: "learned",
  });
});

test("a prediction tells of values far outside of what was learned and of categories that are new, after 30 examples", async () => {
  const { running, send, admin } = await shops();
  const far = { size: 9000, height: 50, shop: "C", kind: "y", place: "west", note: "new, and of no feature" };
  const near = { size: 1296, height: 20, shop: "A_1", kind: "x", place: "north", note: "" };
  for (let i = 0; i < 29; i++) await send(i);
  await running.settled();
  const early = await admin.predict("shops", { record: far });
  await send(30);
  await send(31);
  await running.settled();

  const told = await admin.predict("shops", { record: far });

  expect(early.unusual).toEqual([]);
  const [size, ...others] = told.unusual ?? [];
  expect(size).toMatchObject({ field: "size", value: 9000, n: 31, mean: expect.closeTo(697, -1) });
  expect(others).toEqual([
    { field: "height", feature: "height", value: 50, least: 0, most: 10 },
    { field: "shop", feature: "shop_C", value: "C", valuesInAll: 2 },
    { field: "kind", feature: "kind", value: "y", valuesInAll: 1 },
    { field: "place", feature: "place", value: "west", valuesInAll: 1 },
  ]);
  expect((await admin.predict("shops", { record: near })).unusual).toEqual([]);
  expect(told.x).toEqual({ size: 9000, height: 50, shop_C: 1, kind: "y", place: "west", rate: 0 });
});
