// What a pipeline's joins came to, by number, as every driver must count it.

import { expect, test } from "vitest";
import type { LabelHalf, ObservationHalf } from "./store.ts";
import { HOUR, type MakeStore, openUnderTest, WINDOW } from "./store-under-test.contract.ts";

const NOTHING = { opened: 0, joined: 0, expiredUnlabelled: 0, orphanedLabels: 0 };

export function describeJoinCounts(name: string, make: MakeStore): void {
  /** Puts are recorded when they are put. */
  const open = async () => {
    const under = await openUnderTest(make);
    const { joins, clock } = under;
    const observe = (key: string, parts: Partial<ObservationHalf> = {}) =>
      joins.putObservation({
        pipeline: "p",
        key,
        source: "/s",
        id: key,
        learnedId: "1",
        set: "p",
        time: 0,
        x: {},
        recordedTime: clock.now(),
        ...parts,
      });
    const tell = (key: string, eventId = key, parts: Partial<LabelHalf> = {}) =>
      joins.putLabel({ pipeline: "p", key, eventId, recordedTime: clock.now(), y: 1, ...parts });
    return { ...under, observe, tell };
  };

  test(`${name}: a pipeline without puts has counts of zero`, async () => {
    const { joins } = await open();

    expect(await joins.counts("p")).toEqual(NOTHING);
  });

  test(`${name}: observations are counted once, and once more when they have a label, however it came`, async () => {
    const { joins, observe, tell, another } = await open();
    await observe("unlabelled");
    await observe("inline", { y: 1 });
    await observe("late");
    await tell("late");
    await tell("early");
    await observe("early");
    await observe("elsewhere", { pipeline: "q" });

    for (const key of ["unlabelled", "late", "early"]) await observe(key);
    await observe("late", { id: "a stranger" });
    for (const eventId of ["late", "another"]) await tell("late", eventId);
    await tell("early");

    expect(await joins.counts("p")).toEqual({ ...NOTHING, opened: 4, joined: 3 });
    expect(await joins.counts("q")).toEqual({ ...NOTHING, opened: 1 });
    expect(await (await another()).joins.counts("p")).toEqual({ ...NOTHING, opened: 4, joined: 3 });
  });

  test(`${name}: a label that never comes is counted once its observation's record has expired`, async () => {
    const { joins, clock, observe, tell } = await open();
    await observe("never");
    await observe("late");
    clock.advance(WINDOW - 1);
    await tell("late");
    expect(await joins.counts("p")).toEqual({ ...NOTHING, opened: 2, joined: 1 });

    clock.advance(HOUR + 1);

    expect(await joins.counts("p")).toEqual({ opened: 2, joined: 1, expiredUnlabelled: 1, orphanedLabels: 0 });
  });

  test(`${name}: a label without an observation is counted once it has expired`, async () => {
    const { joins, clock, observe, tell } = await open();
    await tell("never");
    await tell("met");
    clock.advance(WINDOW - 1);
    await observe("met");
    expect(await joins.counts("p")).toEqual({ ...NOTHING, opened: 1, joined: 1 });

    clock.advance(HOUR + 1);

    expect(await joins.counts("p")).toEqual({ opened: 1, joined: 1, expiredUnlabelled: 0, orphanedLabels: 1 });
  });

  test(`${name}: counts older than a day and the window are removed`, async () => {
    const { joins, clock, observe, tell } = await open();
    await observe("never");
    await tell("orphan");
    clock.advance(WINDOW + 24 * HOUR);
    await observe("new");
    expect(await joins.counts("p")).toEqual({ opened: 2, joined: 0, expiredUnlabelled: 1, orphanedLabels: 1 });

    clock.advance(2 * HOUR);

    expect(await joins.counts("p")).toEqual({ ...NOTHING, opened: 1 });
  });
}
