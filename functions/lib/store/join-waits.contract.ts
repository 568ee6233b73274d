// What waits for its label, and how late labels came, as every driver must count it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { DELAY_ENDS, delayBin, NO_DELAYS } from "./join-delays.ts";
import type { JoinWaits, LabelHalf, ObservationHalf } from "./store.ts";
import { HOUR, type MakeStore, openUnderTest, WINDOW } from "./store-under-test.contract.ts";

const DAY = 24 * HOUR;
const NOTHING: JoinWaits = {
  ...{ opened: 0, joined: 0, expiredUnlabelled: 0, orphanedLabels: 0 },
  ...{ waiting: [], waitingLabels: 0, delays: NO_DELAYS },
};

const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);

export function describeJoinWaits(name: string, make: MakeStore): void {
  const open = async () => {
    const under = await openUnderTest(make);
    const { clock } = under;
    /** Where nothing else is said it is recorded when it is put. */
    const observation = (key: string, parts: Partial<ObservationHalf> = {}): ObservationHalf => ({
      ...{ pipeline: "p", key, source: "/s", id: key, learnedId: "1", set: "p", time: 0, x: {} },
      ...{ recordedTime: clock.now(), ...parts },
    });
    const label = (key: string, parts: Partial<LabelHalf> = {}): LabelHalf => ({
      ...{ pipeline: "p", key, eventId: key, recordedTime: clock.now(), y: 1, ...parts },
    });
    const { joins } = under;
    const observe = (...args: Parameters<typeof observation>) => joins.putObservation(observation(...args));
    const tell = (...args: Parameters<typeof label>) => joins.putLabel(label(...args));
    return { ...under, observation, label, observe, tell };
  };

  test(`${name}: of a pipeline without puts nothing waits, and no label came late`, async () => {
    const { joins } = await open();

    expect(await joins.waits("p")).toEqual(NOTHING);
  });

  test(`${name}: a label is counted by how long after its observation it came, the end of a bin in it`, async () => {
    const { joins, clock, observe, tell } = await open();
    const begun = clock.now();
    const delays = DELAY_ENDS.filter((end) => end < WINDOW).flatMap((end) => [end, end + 1]);
    for (const [i] of delays.entries()) await observe(`k${i}`);

    for (const [i, delay] of delays.entries()) await tell(`k${i}`, { recordedTime: begun + delay });

    const expected = [...NO_DELAYS];
    for (const delay of delays) expected[delayBin(delay)] = (expected[delayBin(delay)] ?? 0) + 1;
    expect((await joins.waits("p")).delays).toEqual(expected);
    expect(expected.slice(0, 3)).toEqual([1, 2, 2]);
    expect((await joins.waits("q")).delays).toEqual(NO_DELAYS);
  });

  test(`${name}: it is counted once, if it came by itself and first: not with its observation, not again, no second one`, async () => {
    const { joins, clock, observe, tell, another } = await open();
    await observe("inline", { y: 1 });
    await observe("late");
    await tell("early");
    clock.advance(4000);
    await tell("inline", { eventId: "other" });
    await tell("late");
    await observe("early");
    await tell("alone");

    for (const eventId of ["late", "other"]) await tell("late", { eventId });
    await tell("late", { eventId: "different", y: 2 });
    await tell("early");
    for (const key of ["inline", "late", "early"]) await observe(key);
    await observe("late", { id: "a stranger" });

    const waits = await (await another()).joins.waits("p");
    // In the first bin the one that came before its observation, in the third the one that came 4 s after.
    expect(waits.delays).toEqual([1, 0, 1, ...NO_DELAYS.slice(3)]);
    expect(waits).toMatchObject({ ...(await joins.counts("p")), waiting: [], waitingLabels: 1 });
  });

  test(`${name}: what waits is told by the hour of its recording, until that hour has expired`, async () => {
    const { joins, clock, observe, tell } = await open();
    const hourOf = (time: number) => Math.floor(time / HOUR) * HOUR;
    const first = clock.now();
    for (const key of ["a", "b", "c"]) await observe(key);
    await tell("orphan");
    clock.advance(5 * HOUR);
    const second = clock.now();
    await observe("d");
    await tell("b");

    expect(await joins.waits("p")).toMatchObject({
      waiting: [
        { hour: hourOf(first), observations: 2 },
        { hour: hourOf(second), observations: 1 },
      ],
      waitingLabels: 1,
    });
    clock.advance(WINDOW - 5 * HOUR + HOUR);
    expect(await joins.waits("p")).toMatchObject({
      ...{ expiredUnlabelled: 2, orphanedLabels: 1, waitingLabels: 0 },
      waiting: [{ hour: hourOf(second), observations: 1 }],
    });
    await tell("d");

    expect(await joins.waits("p")).toMatchObject({ opened: 4, joined: 2, waiting: [], expiredUnlabelled: 2 });
  });

  test(`${name}: delays are told as long as the observations of their day are counted, and then no more`, async () => {
    const { joins, clock, observe, tell } = await open();
    await observe("old");
    await tell("old");
    clock.advance(WINDOW + 20 * HOUR);
    await observe("new");
    await tell("new");
    expect((await joins.waits("p")).delays[0]).toBe(2);

    clock.advance(DAY + 5 * HOUR);
    await observe("newest");
    await tell("newest");

    expect((await joins.waits("p")).delays[0]).toBe(2);
    clock.advance(WINDOW + 3 * DAY);
    expect(await joins.waits("p")).toEqual(NOTHING);
  });

  test(`${name}: whatever is put in whatever order by whoever, each label is in its bin once and nothing is less than none`, async () => {
    const key = fc.integer({ min: 0, max: 5 }).map((n) => `k${n}`);
    const time = fc.oneof(fc.integer({ min: -HOUR, max: 3 * DAY }), fc.constantFrom(0, 1000, 1001, DAY, DAY + 1));
    const put = fc.record({
      what: fc.constantFrom("observation", "inline", "label", "another label"),
      ...{ key, time, second: fc.boolean() },
    });
    const { clock, observation, label, another, ...store } = await open();
    const begun = clock.now();
    const handles = [store.joins, (await another()).joins];
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(put, { maxLength: 30 }), async (puts) => {
        const pipeline = `p${++runs}`;
        const known = new Map<string, { observed?: number; labelled?: number; inline?: boolean }>();
        for (const { what, key: subject, time: at, second } of puts) {
          const joins = handles[second ? 1 : 0] as (typeof handles)[0];
          const recordedTime = begun + at;
          const name = `${subject} of ${pipeline}`;
          const one = known.get(name) ?? {};
          known.set(name, one);
          const parts = { pipeline, recordedTime };
          if (what === "observation" || what === "inline") {
            await joins.putObservation(observation(name, { ...parts, ...(what === "inline" && { y: 1 }) }));
            if (one.observed === undefined && one.labelled === undefined && what === "inline") {
              Object.assign(one, { labelled: recordedTime, inline: true });
            }
            one.observed ??= recordedTime;
          } else {
            await joins.putLabel(label(name, { ...parts, eventId: `${what} of ${name}` }));
            one.labelled ??= recordedTime;
          }
        }

        const waits = await store.joins.waits(pipeline);

        const all = [...known.values()];
        const late = all.filter((one) => one.observed !== undefined && one.labelled !== undefined && !one.inline);
        const expected = [...NO_DELAYS];
        for (const { observed = 0, labelled = 0 } of late) {
          const bin = delayBin(labelled - observed);
          expected[bin] = (expected[bin] ?? 0) + 1;
        }
        expect(waits.delays).toEqual(expected);
        expect(sum(waits.delays)).toBe(waits.joined - all.filter(({ inline }) => inline === true).length);
        const waiting = sum(waits.waiting.map(({ observations }) => observations));
        expect(waits.opened).toBe(waits.joined + waiting + waits.expiredUnlabelled);
        expect(waits.waitingLabels).toBe(
          all.filter((one) => one.observed === undefined && one.labelled !== undefined).length,
        );
        for (const figure of [waits.opened, waits.joined, waits.expiredUnlabelled, waits.orphanedLabels]) {
          expect(figure).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 40 },
    );
  });
}
