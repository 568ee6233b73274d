// What all who open a store agree on, as every driver must keep it: A1 to A3 of agreement.ts.

import { expect, test, vi } from "vitest";
import { ConfigurationError } from "../errors.ts";
import { DEFAULT_RETENTION, type RetentionSetting } from "../retention.ts";
import { agreeOnRetention } from "./agreement.ts";
import type { Store } from "./store.ts";
import { HOUR, type MakeStore, openUnderTest } from "./store-under-test.contract.ts";

const hours = (log: number, letters: number) => ({ logMs: log * HOUR, deadLetterMs: letters * HOUR });

export function describeAgreement(name: string, make: MakeStore): void {
  const open = (retention: RetentionSetting) => openUnderTest(make, { retention });

  const refusal = ({ retention }: Store) =>
    agreeOnRetention(retention).then(
      () => undefined,
      (error: unknown) => error,
    );

  test(`${name}: without a setting the retention is what the store was opened with before, else the defaults`, async () => {
    const { retention, another } = await open({});
    expect(await retention.read()).toEqual(DEFAULT_RETENTION);

    const told = await another({ retention: hours(720, 700) });
    await told.retention.agreed();

    expect(await retention.read()).toEqual(hours(720, 700));
    expect(await retention.agreed()).toEqual(hours(720, 700));
    expect(retention.current()).toEqual(hours(720, 700));
  });

  test(`${name}: reading agrees on nothing: a reader's defaults bind nobody, a writer's do`, async () => {
    const { retention, another } = await open({});
    await retention.read();
    const shorter = await another({ retention: hours(24, 48) });
    expect(await refusal(shorter)).toBeUndefined();
    expect(await shorter.retention.read()).toEqual(hours(24, 48));

    const { retention: fresh, another: next } = await open({});
    await fresh.agreed();

    expect(await refusal(await next({ retention: hours(24, 48) }))).toBeInstanceOf(ConfigurationError);
  });

  test(`${name}: the longest that the store was ever opened with counts, for log and dead letters separately`, async () => {
    const { retention, another } = await open(hours(24, 400));
    await retention.agreed();

    const longer = await another({ retention: { logMs: 100 * HOUR } });
    expect(await longer.retention.agreed()).toMatchObject(hours(100, 400));

    expect(await (await another()).retention.read()).toEqual(hours(100, 400));
  });

  test(`${name}: a shorter one is refused with reason and cure, and changes nothing, though the other is longer`, async () => {
    const { retention, another } = await open(hours(720, 720));
    await retention.agreed();
    const shorter = await another({ retention: hours(168, 800) });

    const error = await refusal(shorter);

    expect(error).toBeInstanceOf(ConfigurationError);
    const { message } = error as Error;
    expect(message).toMatch(/^WADI_LOG_RETENTION_HOURS is 168, and this store was opened with 720 before/);
    expect(message).toMatch(/Set 720 or more \(retention\.logHours of the chart\), or unset it/);
    expect(message).toMatch(/stop every Wadi on this store, let it forget \(.*retention.*\), start with 168$/);
    expect(await retention.read()).toEqual(hours(720, 720));
    await expect(
      shorter.joins.putLabel({ pipeline: "p", key: "k", eventId: "l", recordedTime: 0, y: 1 }),
    ).rejects.toMatchObject({ code: "shorter-retention" });
  });

  test(`${name}: a running process takes over a longer one within a minute`, async () => {
    const { retention, another, clock } = await open(hours(24, 48));
    await retention.agreed();
    await (await another({ retention: hours(720, 720) })).retention.agreed();
    clock.advance(61_000);

    expect(retention.current()).toEqual(hours(24, 48)); // and asks

    await vi.waitFor(() => expect(retention.current()).toMatchObject(hours(720, 720)));
  });

  test(`${name}: what it was before each raise is kept with the time of the raise, by the store's clock`, async () => {
    const { retention, another, clock } = await open(hours(24, 48));
    const start = clock.now();
    expect(await retention.agreed()).toEqual(hours(24, 48));

    clock.advance(HOUR);
    await (await another({ retention: { logMs: 100 * HOUR } })).retention.agreed();
    clock.advance(HOUR);
    const last = await another({ retention: hours(100, 200) });

    const before = [
      { ...hours(24, 48), until: start + HOUR },
      { ...hours(100, 48), until: start + 2 * HOUR },
    ];
    expect(await last.retention.agreed()).toEqual({ ...hours(100, 200), before });
    expect(await retention.agreed()).toEqual({ ...hours(100, 200), before });
  });

  test(`${name}: a process that was idle asks before it goes by what it knows`, async () => {
    const { retention, another, clock } = await open(hours(24, 48));
    await retention.agreed();
    await (await another({ retention: hours(720, 720) })).retention.agreed();
    expect(retention.isAgreed()).toBe(true);

    clock.advance(HOUR);

    expect(retention.isAgreed()).toBe(false);
    expect(await retention.agreed()).toMatchObject(hours(720, 720));
    expect(retention.isAgreed()).toBe(true);
  });

  test(`${name}: a join record lives as long as the retention that counts says`, async () => {
    const { joins, retention, clock, another } = await openUnderTest(make, {
      retention: {},
      joinWindowMs: (_, { logMs }) => logMs,
    });
    await (await another({ retention: hours(720, 720) })).retention.agreed();

    await joins.putLabel({ pipeline: "p", key: "k", eventId: "l", recordedTime: clock.now(), y: 1 });

    expect((await joins.read("p", "k"))?.expiresAt).toBe(clock.now() + 720 * HOUR);
    expect(retention.current()).toEqual(hours(720, 720));
  });

  test(`${name}: the logs that feed the store are known to all, each once, as it was last announced`, async () => {
    const { agreement, another } = await open({});
    expect(await agreement.logs()).toEqual([]);

    await agreement.announceLog({ id: "a", where: "here:/data", at: 1 });
    await agreement.announceLog({ id: "b", where: "there:/data", at: 2 });
    await agreement.announceLog({ id: "a", where: "here:/moved", at: 3 });

    const logs = await (await another()).agreement.logs();
    expect([...logs].sort((one, two) => one.at - two.at)).toEqual([
      { id: "b", where: "there:/data", at: 2 },
      { id: "a", where: "here:/moved", at: 3 },
    ]);
  });
}
