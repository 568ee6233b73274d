import fc from "fast-check";
import { expect, test } from "vitest";
import type { Event } from "../lib/events/vocabulary.ts";
import type { Example } from "./examples.ts";
import { isRepeat, type Outgoing, withLateLabels } from "./late-labels.ts";

const event = (id: string): Event => ({ specversion: "1.0", source: "/s", type: "t", id });

/** An example at `at`, its label due `delay` later. */
function example(n: number, at: number, delay?: number): Example {
  const observation = event(`o${n}`);
  return delay === undefined
    ? { observation, at }
    : { observation, at, label: { event: event(`l${n}`), due: at + delay } };
}

async function schedule(examples: Iterable<Example>): Promise<Outgoing[]> {
  const outgoing: Outgoing[] = [];
  for await (const one of withLateLabels(examples)) outgoing.push(one);
  return outgoing;
}

const ids = (outgoing: readonly Outgoing[]) => outgoing.map((one) => one.event.id);

test("a label sets out once its time in the stream has come, and the last ones at its end", async () => {
  const stream = [example(1, 1, 2), example(2, 2, 2), example(3, 3), example(4, 4, 9), example(5, 5)];

  expect(ids(await schedule(stream))).toEqual(["o1", "o2", "o3", "l1", "o4", "l2", "o5", "l4"]);
});

test("a label says which observation it follows", async () => {
  const [observation, label] = await schedule([example(1, 1, 0)]);

  expect(label?.follows).toBe(observation);
  expect(observation?.follows).toBeUndefined();
});

test("of labels due at one time the one of the earlier observation comes first", async () => {
  const stream = [example(1, 1, 9), example(2, 2, 8), example(3, 3, 7), example(4, 4, 6)];

  expect(ids(await schedule(stream)).slice(4)).toEqual(["l1", "l2", "l3", "l4"]);
});

test("an observation is passed on before the next one is asked for", async () => {
  let asked = 0;
  function* endless(): Generator<Example> {
    for (;;) yield example(++asked, asked, 3);
  }
  const stream = withLateLabels(endless());

  for (let i = 0; i < 3; i++) await stream.next();

  expect(asked).toBe(3);
});

test("L4: what is sent again is the same event, after the first one, and says which it was", async () => {
  const [one, two] = [example(1, 1, 2), example(2, 2)];
  const stream = [{ ...one, again: { observation: 4, label: 2 } }, two, example(3, 5)];

  const sent = await schedule(stream);

  // The label that comes again was due before it was sent at all: it goes with the first.
  expect(ids(sent)).toEqual(["o1", "o2", "l1", "l1", "o1", "o3"]);
  const [first, , label, labelAgain, firstAgain] = sent;
  expect([firstAgain?.event, firstAgain?.follows]).toEqual([one.observation, first]);
  expect(firstAgain?.event).toBe(first?.event);
  expect(labelAgain?.follows).toBe(label);
  expect(sent.map((outgoing) => isRepeat(outgoing))).toEqual([false, false, false, true, true, false]);
});

test("L4 holds for any stream: each event as often as it is to be sent, and never before it was sent first", async () => {
  const again = fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      streams,
      fc.array(fc.tuple(again, again), { minLength: 40, maxLength: 40 }),
      async (plain, more) => {
        const stream = plain.map((one, i) => {
          const [observation, label] = more[i] as [number | undefined, number | undefined];
          const ofLabel = label === undefined || one.label === undefined ? {} : { label };
          return { ...one, again: { ...(observation !== undefined && { observation }), ...ofLabel } };
        });

        const sent = await schedule(stream);
        const wanted = stream.flatMap((one) => [
          ...Array<string>(one.again?.observation === undefined ? 1 : 2).fill(one.observation.id),
          ...(one.label === undefined
            ? []
            : Array<string>(one.again?.label === undefined ? 1 : 2).fill(one.label.event.id)),
        ]);

        expect(ids(sent).sort()).toEqual(wanted.sort());
        sent.forEach((outgoing, i) => {
          if (outgoing.follows !== undefined) expect(sent.indexOf(outgoing.follows)).toBeLessThan(i);
        });
      },
    ),
  );
});

// Times in order and out of it, many of them equal.
const streams = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined })), {
    maxLength: 40,
  })
  .map((rows) => rows.map(([at, delay], i) => example(i, at, delay)));

test("it is the schedule that sorting what is due before each observation gives", async () => {
  await fc.assert(
    fc.asyncProperty(streams, async (stream) => {
      expect(ids(await schedule(stream))).toEqual(sorted(stream));
    }),
    { numRuns: 500 },
  );
});

/** The naive way: before each observation all labels are sorted anew. */
function sorted(stream: readonly Example[]): string[] {
  const out: string[] = [];
  let waiting: NonNullable<Example["label"]>[] = [];
  const flush = (before: number) => {
    const due = waiting.filter((label) => label.due < before).sort((a, b) => a.due - b.due);
    waiting = waiting.filter((label) => label.due >= before);
    out.push(...due.map((label) => label.event.id));
  };
  for (const { observation, at, label } of stream) {
    flush(at);
    out.push(observation.id);
    if (label !== undefined) waiting.push(label);
  }
  flush(Number.POSITIVE_INFINITY);
  return out;
}

test("L1, L2, L3 hold for any stream in the order of its times, and nothing is lost", async () => {
  await fc.assert(
    fc.asyncProperty(streams, async (unordered) => {
      const stream = [...unordered].sort((a, b) => a.at - b.at);
      const place = new Map(ids(await schedule(stream)).map((id, i) => [id, i]));
      const where = (one: Event | undefined) => place.get(one?.id ?? "") ?? -1;
      const labelled = stream.filter(({ label }) => label !== undefined);

      expect(place.size).toBe(stream.length + labelled.length);
      for (const one of labelled) {
        const due = one.label?.due as number;
        expect(where(one.label?.event)).toBeGreaterThan(where(one.observation));
        for (const other of labelled) {
          if ((other.label?.due as number) > due)
            expect(where(other.label?.event)).toBeGreaterThan(where(one.label?.event));
        }
        for (const { observation, at } of stream) {
          expect(Math.sign(where(observation) - where(one.label?.event))).toBe(due < at ? 1 : -1);
        }
      }
    }),
  );
});
