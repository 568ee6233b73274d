// The join of an observation with its label, as every driver must do it. For invariant S4 see store.ts.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Served, Target } from "../events/vocabulary.ts";
import type { Joined, JoinStore, LabelHalf, ObservationHalf } from "./store.ts";
import { type MakeStore, openUnderTest, WINDOW } from "./store-under-test.contract.ts";

const served = (value: number): Served => ({ generation: "1", version: 7, model: "m", values: { m: value, n: null } });

export function describeJoins(name: string, make: MakeStore): void {
  const open = async () => {
    const under = await openUnderTest(make);
    const recordedTime = under.clock.now();
    const observation = (parts: Partial<ObservationHalf> = {}): ObservationHalf => ({
      pipeline: "p",
      key: "k",
      source: "/s",
      id: "1",
      learnedId: "77",
      set: "p",
      time: 123,
      recordedTime,
      x: { distance: 1.5, from: "DTW" },
      ...parts,
    });
    const label = (y: Target, eventId = "l", parts: Partial<LabelHalf> = {}): LabelHalf => ({
      pipeline: "p",
      key: "k",
      eventId,
      recordedTime,
      y,
      ...parts,
    });
    const example: Joined = {
      set: "p",
      time: 123,
      recordedTime,
      learnedId: "77",
      x: { distance: 1.5, from: "DTW" },
      y: 4,
    };
    const stored = {
      outcome: "stored",
      set: example.set,
      x: example.x,
      time: 123,
      recordedTime,
      conflict: false,
    } as const;
    return { ...under, observation, label, example, stored, x: example.x };
  };

  test(`${name}: a label that comes after its observation makes an example of the features that were stored`, async () => {
    const { joins, observation, label, example, stored, another } = await open();
    const { joins: others } = await another();

    expect(await joins.putObservation(observation())).toEqual(stored);

    expect(await others.putLabel(label(4))).toEqual({ outcome: "joined", example });
  });

  test(`${name}: a label that comes before its observation waits, and the observation is joined with it`, async () => {
    const { joins, observation, label, stored, another } = await open();
    const { joins: others } = await another();

    expect(await joins.putLabel(label(4))).toEqual({ outcome: "waiting" });

    expect(await others.putObservation(observation())).toEqual({ ...stored, y: 4 });
  });

  test.each([
    ["number", -0.1],
    ["boolean", false],
    ["text", "é\u2028😀"],
    ["empty text", ""],
    ["zero", 0],
  ])(`${name}: a label may be a %s, in either order`, async (_kind, y) => {
    const { joins, observation, label } = await open();

    await joins.putLabel(label(y));
    expect(await joins.putObservation(observation())).toMatchObject({ y });
    await joins.putObservation(observation({ key: "other", y }));

    expect(await joins.read("p", "other")).toMatchObject({ y });
    expect(await joins.putLabel(label(y, "l2", { key: "other" }))).toEqual({ outcome: "duplicate" });
  });

  test(`${name}: the same observation again gives the same answer, before its label came and after`, async () => {
    const { joins, observation, label } = await open();
    const first = await joins.putObservation(observation());

    expect(await joins.putObservation(observation())).toEqual(first);
    await joins.putLabel(label(4));
    await joins.putServed("p", "k", served(1));

    expect(await joins.putObservation(observation())).toEqual(first);
  });

  test(`${name}: the same label again gives the same answer: joined again where it joined`, async () => {
    const { joins, observation, label } = await open();
    await joins.putObservation(observation());
    const first = await joins.putLabel(label(4));

    await joins.putObservation(observation());
    await joins.putLabel(label(5, "another"));

    expect(await joins.putLabel(label(4))).toEqual(first);
  });

  test(`${name}: the same label again gives the same answer: waiting where it waited, so that only one event makes the example`, async () => {
    const { joins, observation, label } = await open();
    await joins.putLabel(label(4));
    expect(await joins.putLabel(label(4))).toEqual({ outcome: "waiting" });
    const first = await joins.putObservation(observation());

    expect(await joins.putLabel(label(4))).toEqual({ outcome: "waiting" });
    expect(await joins.putObservation(observation())).toEqual(first);
  });

  test.each(["observation first", "label first", "label within the observation"])(
    `${name}: of several labels the first stands: the same one is a duplicate, another one a conflict (%s)`,
    async (order) => {
      const { joins, observation, label } = await open();
      if (order === "observation first") await joins.putObservation(observation());
      if (order === "label within the observation") await joins.putObservation(observation({ y: 4 }));
      else await joins.putLabel(label(4));

      for (const _repeated of [1, 2]) {
        expect(await joins.putLabel(label(4, "l2"))).toEqual({ outcome: "duplicate" });
        expect(await joins.putLabel(label(5, "l3"))).toEqual({ outcome: "conflict", first: 4 });
        if (order === "label first") await joins.putObservation(observation());
      }

      expect(await joins.read("p", "k")).toMatchObject({ y: 4 });
    },
  );

  test(`${name}: an observation that carries another y than the label before it keeps the label, and reports the conflict each time`, async () => {
    const { joins, observation, label, stored } = await open();
    await joins.putLabel(label(4));

    const answers = [];
    for (const y of [5, 5]) answers.push(await joins.putObservation(observation({ y })));

    const answer = { ...stored, y: 4, conflict: true };
    expect(answers).toEqual([answer, answer]);
  });

  test(`${name}: the x and the times of the first put count`, async () => {
    const { joins, observation, label, example, stored } = await open();
    await joins.putObservation(observation());

    const later = { x: { distance: 9 }, time: 456, recordedTime: stored.recordedTime + 1000 };
    expect(await joins.putObservation(observation(later))).toEqual(stored);

    expect(await joins.putLabel(label(4))).toEqual({ outcome: "joined", example });
  });

  test.each([
    ["another source", { source: "/t" }],
    ["another event", { id: "2" }],
  ])(
    `${name}: a subject that has an observation is refused to %s, with the name of the one that has it`,
    async (_who, parts) => {
      const { joins, observation, label, example } = await open();
      await joins.putObservation(observation());

      for (const _repeated of [1, 2]) {
        const answer = await joins.putObservation(observation({ ...parts, x: { distance: 9 }, y: 9 }));
        expect(answer).toEqual({ outcome: "subject-taken", source: "/s", id: "1" });
      }

      expect(await joins.putLabel(label(4))).toEqual({ outcome: "joined", example });
    },
  );

  test(`${name}: what was served is stored once, and only where there is an observation`, async () => {
    const { joins, observation, label, example } = await open();
    await joins.putLabel(label(4, "l", { key: "label only" }));

    expect(await joins.putServed("p", "k", served(0))).toEqual(served(0));
    expect(await joins.putServed("p", "label only", served(0))).toEqual(served(0));
    await joins.putObservation(observation());
    await joins.putObservation(observation({ key: "label only" }));
    expect(await joins.putServed("p", "k", served(1))).toEqual(served(1));
    expect(await joins.putServed("p", "k", served(2))).toEqual(served(1));

    expect(await joins.putLabel(label(4))).toEqual({ outcome: "joined", example: { ...example, served: served(1) } });
    expect((await joins.read("p", "label only"))?.served).toBeUndefined();
  });

  test(`${name}: what is served only after the label came changes nothing of the label's answer`, async () => {
    const { joins, observation, label, example } = await open();
    await joins.putObservation(observation());
    await joins.putLabel(label(4));

    expect(await joins.putServed("p", "k", served(1))).toEqual(served(1));

    expect(await joins.putLabel(label(4))).toEqual({ outcome: "joined", example });
    expect(await joins.putServed("p", "k", served(2))).toEqual(served(1));
  });

  test(`${name}: a record shows each half as it comes`, async () => {
    const { joins, observation, label, clock } = await open();
    expect(await joins.read("p", "k")).toBeUndefined();

    const told = { y: 4, labelledTime: clock.now() };
    await joins.putLabel(label(4));
    expect(await joins.read("p", "k")).toEqual({ ...told, expiresAt: clock.now() + WINDOW });
    const own = observation({ recordedTime: clock.now() + 1000, recordDigest: "d1" });
    await joins.putObservation(own);
    await joins.putObservation({ ...own, recordDigest: "d2" });
    await joins.putServed("p", "k", served(1));

    const { pipeline: _, ...half } = own;
    const expiresAt = clock.now() + 1000 + WINDOW;
    expect(await joins.read("p", "k")).toEqual({ observation: half, ...told, served: served(1), expiresAt });
  });

  test(`${name}: a label within its observation has the recorded time of the observation`, async () => {
    const { joins, observation, label, clock } = await open();
    await joins.putObservation(observation({ y: 4 }));

    await joins.putLabel(label(4, "l", { recordedTime: clock.now() + 1000 }));

    expect(await joins.read("p", "k")).toMatchObject({ y: 4, labelledTime: clock.now() });
  });

  test(`${name}: a record lives for its window from the recorded time, to the millisecond, and then its subject is free`, async () => {
    const { joins, clock, observation, label } = await open();
    await joins.putObservation(observation());
    clock.advance(WINDOW - 1);
    expect(await joins.putObservation(observation({ id: "2" }))).toMatchObject({ outcome: "subject-taken" });
    expect(await joins.read("p", "k")).toBeDefined();

    clock.advance(1);

    expect(await joins.read("p", "k")).toBeUndefined();
    expect(await joins.putServed("p", "k", served(1))).toEqual(served(1));
    expect(await joins.putLabel(label(4, "l", { recordedTime: clock.now() }))).toEqual({ outcome: "waiting" });
    const next = observation({ id: "2", recordedTime: clock.now() });
    expect(await joins.putObservation(next)).toMatchObject({ outcome: "stored", y: 4 });
  });

  test(`${name}: a label waits for its window, and an observation that takes it along lives for its own`, async () => {
    const { joins, clock, observation, label } = await open();
    await joins.putLabel(label(4));
    await joins.putLabel(label(4, "l", { key: "too early" }));
    clock.advance(WINDOW - 1);
    const recordedTime = clock.now();
    expect(await joins.putObservation(observation({ recordedTime }))).toMatchObject({ y: 4 });

    clock.advance(1);

    expect(await joins.putObservation(observation({ key: "too early", recordedTime }))).not.toHaveProperty("y");
    expect(await joins.putLabel(label(4))).toEqual({ outcome: "waiting" });
    expect(await joins.read("p", "k")).toMatchObject({ observation: { recordedTime }, y: 4 });
  });

  test(`${name}: any order and repetition of the puts gives each of them one answer, and one event makes the example`, async () => {
    const puts = ["observation", "label", "same label", "other label", "stranger", "served"] as const;
    const steps = fc.array(fc.record({ put: fc.constantFrom(...puts), second: fc.boolean() }), { maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(undefined, 4, 5), async (order, y) => {
        const { joins, observation, label, another } = await open();
        const { joins: others } = await another();
        const own = observation(y === undefined ? {} : { y });
        const call: Record<(typeof puts)[number], (on: JoinStore, n: number) => Promise<object>> = {
          observation: (on) => on.putObservation(own),
          label: (on) => on.putLabel(label(4, "l")),
          "same label": (on) => on.putLabel(label(4, "m")),
          "other label": (on) => on.putLabel(label(5, "n")),
          // The stranger comes when the subject is taken; were it first, it would own it.
          stranger: (on) =>
            on.read("p", "k").then((r) => (r?.observation ? on.putObservation({ ...own, id: "2" }) : {})),
          served: (on, n) => on.read("p", "k").then((r) => (r?.observation ? on.putServed("p", "k", served(n)) : {})),
        };

        const first = new Map<string, { outcome?: string; y?: Target }>();
        for (const [n, { put, second }] of order.entries()) {
          const answer = await call[put](second ? others : joins, n);
          if (!first.has(put) && Object.keys(answer).length > 0) first.set(put, answer);
          expect(answer, put).toEqual(first.get(put) ?? {});
        }

        const examples = [...first.values()].filter(
          ({ outcome, y: known }) => outcome === "joined" || known !== undefined,
        );
        const record = await joins.read("p", "k");
        const complete = record?.observation !== undefined && record.y !== undefined;
        expect(examples).toHaveLength(complete ? 1 : 0);
      }),
      { numRuns: 100 },
    );
  });
}
