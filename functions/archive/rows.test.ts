import fc from "fast-check";
import { expect, test } from "vitest";
import { readEvent } from "../lib/events/codec.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { COLUMNS, FILE_SCHEMA, type Row } from "./columns.ts";
import { readParquet, writeParquet } from "./delta/parquet.ts";
import { dayOf, eventOf, rowOf } from "./rows.ts";

const PLACE = { partition: 3, offset: 2 ** 40, time: Date.UTC(2026, 10, 30, 23, 59, 59, 999) };

const text = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }).filter((value) => !/\p{Cc}/u.test(value));
const time = fc.constantFrom(
  "2026-01-31T08:30:00Z",
  "2026-01-31T08:30:00.123Z",
  "2026-01-31t08:30:00.123456789-11:30",
  "0000-01-01T00:00:00Z",
);
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const contents = fc.oneof(
  fc.record({
    datacontenttype: fc.constantFrom(undefined, "application/json", "a/b+json; charset=utf-8"),
    data: some(fc.jsonValue()),
  }),
  fc.record({
    datacontenttype: fc.constantFrom("text/plain", "text/csv;charset=UTF-8"),
    data: some(fc.string({ unit: "grapheme" })),
  }),
  fc.record({
    datacontenttype: fc.constant("application/avro"),
    data: some(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
  }),
);
const events = fc
  .tuple(
    fc.record({ id: text, source: text, type: text }),
    fc.record({ subject: some(text), dataschema: some(text), time: some(time), pipeline: some(text) }),
    fc.record({
      partitionkey: some(text),
      count: some(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      flag: some(fc.boolean()),
    }),
    contents,
  )
  .map(
    (parts) =>
      JSON.parse(JSON.stringify(Object.assign({ specversion: "1.0" }, ...parts, { data: undefined }))) &&
      defined(Object.assign({ specversion: "1.0" }, ...parts)),
  );

const defined = (event: object) =>
  Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined)) as unknown as Event;

async function throughFile(rows: readonly Row[]): Promise<readonly Row[]> {
  const columns = Object.keys(COLUMNS).map((name) => ({ name, data: rows.map((row) => row[name as keyof Row]) }));
  return (await readParquet(Buffer.from(await writeParquet(FILE_SCHEMA, columns)), "test")) as unknown as Row[];
}

test("an event is had again from its row as it was accepted, its place and day beside it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(events, { minLength: 1, maxLength: 8 }), async (sent) => {
      const rows = await throughFile(sent.map((event) => rowOf(event, PLACE, "a-log")));

      expect(rows.map(eventOf).map(plain)).toEqual(sent.map(plain));
      for (const row of rows) {
        expect(row).toMatchObject({ log: "a-log", partition: 3, offset: 2n ** 40n });
        expect(dayOf(row)).toBe("2026-11-30");
      }
    }),
    { numRuns: 60 },
  );
});

/** JSON knows no minus zero: nor does the log. */
const plain = ({ data, ...event }: Event) => ({
  ...event,
  ...(data !== undefined && { data: Buffer.isBuffer(data) ? data : JSON.parse(JSON.stringify(data)) }),
});

test("text of another charset is UTF-8 in the archive, and says so", () => {
  const headers = Object.entries({
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/s",
    "ce-type": "t",
    "content-type": "text/plain; charset=iso-8859-1",
  });
  const event = readEvent(headers.flat(), Buffer.from([0xe4]));

  const row = rowOf(event, PLACE, "a-log");

  expect(row).toMatchObject({ datacontenttype: "text/plain; charset=utf-8", data: Buffer.from("ä", "utf8") });
  expect(eventOf(row).data).toBe("ä");
});

test.each([
  [Number.NaN, "1970-01-01"],
  [-1e20, "0001-01-01"],
  [1e20, "9999-12-31"],
])("a record that its producer dated %s has a day that every reader knows", (wrong, day) => {
  expect(dayOf(rowOf({ specversion: "1.0", id: "1", source: "/s", type: "t" }, { ...PLACE, time: wrong }, "l"))).toBe(
    day,
  );
});
