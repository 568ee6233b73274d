import { expect, test } from "vitest";
import { manualClock } from "../clock.ts";
import { createLineQuota } from "./line-quota.ts";

function ask(quota: ReturnType<typeof createLineQuota>, kind: string, times: number) {
  return Array.from({ length: times }, () => quota(kind)).filter((said) => said !== undefined).length;
}

test("of a kind ten lines a minute are said, and what is left out is told with the next one", () => {
  const clock = manualClock();
  const quota = createLineQuota(clock);

  const said = ask(quota, "schema", 1000);
  clock.advance(60_000);
  const next = quota("schema");

  expect([said, next, quota("schema")]).toEqual([10, { unsaid: 990 }, {}]);
});

test("each kind has its own lines", () => {
  const quota = createLineQuota(manualClock());
  ask(quota, "schema", 1000);

  expect(ask(quota, "payload", 1000)).toBe(10);
});

test("kinds without number are kept in little, and still not silenced", () => {
  const quota = createLineQuota(manualClock());

  const said = Array.from({ length: 10_000 }, (_, i) => quota(`kind-${i}`)).filter((one) => one !== undefined);

  expect(said.length).toBe(256 + 10);
});

test("a clock that is set back silences nobody for hours", () => {
  const clock = manualClock();
  let offset = 0;
  const quota = createLineQuota({ ...clock, now: () => clock.now() + offset });
  ask(quota, "schema", 1000);

  offset = -3_600_000;

  expect(quota("schema")).toEqual({ unsaid: 990 });
});
