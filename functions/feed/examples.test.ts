import { describe, expect, test } from "vitest";
import { createExamples, type Example, type ExamplePlan } from "./examples.ts";
import type { Row } from "./rows/row.ts";

const row = (fields: Row["fields"], number = 1, text = JSON.stringify(fields)): Row => ({ number, text, fields });

function make(plan: Partial<ExamplePlan>, one: Row): Example {
  const made = createExamples({ source: "/s", ...plan })(one);
  if (typeof made === "string") throw new Error(made);
  return made;
}

const problem = (plan: Partial<ExamplePlan>, one: Row) => createExamples({ source: "/s", ...plan })(one);

test("a row is an observation with all its fields, in the order of its number", () => {
  const { observation, at, label } = make({ pipeline: "line" }, row({ x: 1, y: 2 }, 7));

  expect(observation).toMatchObject({
    specversion: "1.0",
    type: "dev.wadi.observation",
    source: "/s",
    pipeline: "line",
    data: { x: 1, y: 2 },
  });
  expect(observation).not.toHaveProperty("subject");
  expect(observation).not.toHaveProperty("time");
  expect([at, label]).toEqual([7, undefined]);
});

describe("ids", () => {
  const id = (plan: Partial<ExamplePlan>, one: Row) => make(plan, one).observation.id;

  test("the same row of the same source has the same id; another row, text or source has another", () => {
    const first = id({}, row({ x: 1 }, 1));

    expect(first).toMatch(/^1-[0-9a-f]{12}$/);
    expect(id({}, row({ x: 1 }, 1))).toBe(first);
    const others = [id({}, row({ x: 1 }, 2)), id({}, row({ x: 2 }, 1)), id({ source: "/t" }, row({ x: 1 }, 1))];
    expect(new Set([first, ...others]).size).toBe(4);
  });

  test("a column may have them, as text or as numbers", () => {
    expect(id({ id: "key" }, row({ key: "a-1" }))).toBe("a-1");
    expect(id({ id: "key" }, row({ key: 17 }))).toBe("17");
  });

  test.each([
    ["is absent", {}, /the column key has no id: it is empty/],
    ["is empty", { key: "" }, /has no id: ""/],
    ["is an object", { key: {} }, /has no id: \{\}/],
    ["is half a character", { key: "\ud800" }, /has no id/],
    ["has more digits than JSON keeps", { key: JSON.parse("12345678901234567890") }, /more digits than .* quote it/],
  ])("a row whose id %s is unfit", (_title, fields, message) => {
    expect(problem({ id: "key" }, row(fields))).toMatch(message);
  });

  test("a column called like what every object inherits is empty where the row has none", () => {
    expect(problem({ id: "constructor" }, row({ x: 1 }))).toMatch(/no id: it is empty/);
    expect(
      make({ late: { target: "toString", delay: { kind: "rows", rows: 1 } } }, row({ x: 1 })).label,
    ).toBeUndefined();
  });
});

describe("times", () => {
  test("the time of the event is that of its column, and orders the stream", () => {
    const { observation, at } = make({ time: "t" }, row({ t: "2001-01-31T08:30:00+02:00" }));

    expect([observation.time, at]).toEqual(["2001-01-31T06:30:00.000Z", Date.UTC(2001, 0, 31, 6, 30)]);
    expect(observation.data).toEqual({ t: "2001-01-31T08:30:00+02:00" });
  });

  test("a time without a zone is UTC in the data, too: a schema wants the zone", () => {
    expect(make({ time: "t" }, row({ t: "2001/01/31 08:30" })).observation.data).toEqual({
      t: "2001-01-31T08:30:00.000Z",
    });
  });

  test("a row without a time is unfit", () => {
    expect(problem({ time: "t" }, row({ t: "soon" }))).toMatch(/the column t has no time: "soon"; write 2026-/);
  });
});

describe("late labels", () => {
  const rows = (n: number): NonNullable<ExamplePlan["late"]> => ({ target: "y", delay: { kind: "rows", rows: n } });

  test("the truth leaves the observation and follows as a label that names it", () => {
    const { observation, label } = make({ pipeline: "line", late: rows(10) }, row({ x: 1, y: 2 }, 5));

    expect(observation.data).toEqual({ x: 1 });
    expect(label?.due).toBe(15);
    expect(label?.event).toEqual({
      specversion: "1.0",
      source: "/s",
      datacontenttype: "application/json",
      pipeline: "line",
      type: "dev.wadi.label",
      id: `${observation.id}-label`,
      subject: observation.id,
      data: { y: 2 },
    });
  });

  test("it names the observation by its subject where there is one", () => {
    const { observation, label } = make({ subject: "flight", late: rows(1) }, row({ flight: "AA-1", y: 2 }));

    expect([observation.subject, label?.event.subject]).toEqual(["AA-1", "AA-1"]);
  });

  test("it bears the field that names the observation, where the pipeline has one, under the name that is sent", () => {
    const late = { ...rows(1), subject: "no" };
    const { observation, label } = make({ subject: "no", rename: [["no", "flight"]], late }, row({ no: 7, y: 2 }));

    expect([observation.data, label?.event.data]).toEqual([{ flight: 7 }, { flight: 7, y: 2 }]);
    expect([observation.subject, label?.event.subject]).toEqual(["7", "7"]);
  });

  test.each([[undefined], [null]])("a row whose truth is %s is an observation without a label", (y) => {
    const { observation, label } = make({ late: rows(1) }, row({ x: 1, y }));

    expect([observation.data, label]).toEqual([{ x: 1 }, undefined]);
  });

  test("a duration counts from the time of the row", () => {
    const late: NonNullable<ExamplePlan["late"]> = { target: "y", delay: { kind: "duration", ms: 3_600_000 } };

    const { at, label } = make({ time: "t", late }, row({ t: "2001-01-31T08:30:00Z", y: 1 }));

    expect((label?.due as number) - at).toBe(3_600_000);
    expect(label?.event.time).toBe("2001-01-31T09:30:00.000Z");
  });

  test("rows are counted in rows, whatever time they bear", () => {
    const { at, label, observation } = make({ time: "t", late: rows(10) }, row({ t: "2001-01-31T08:30:00Z", y: 1 }, 5));

    expect([at, label?.due]).toEqual([5, 15]);
    expect(observation.time).toBe("2001-01-31T08:30:00.000Z");
    expect(label?.event).not.toHaveProperty("time");
  });

  const late: NonNullable<ExamplePlan["late"]> = { target: "y", delay: { kind: "column", name: "known" } };

  test("a column may say when the truth is known; the model does not see it", () => {
    const { observation, label } = make(
      { time: "t", late },
      row({ t: "2001-01-31T08:30:00Z", y: 1, known: "2001-01-31 10:00" }),
    );

    expect(label?.event.time).toBe("2001-01-31T10:00:00.000Z");
    expect(observation.data).toEqual({ t: "2001-01-31T08:30:00Z" });
  });

  test("a truth is known no earlier than there is something to know", () => {
    const { at, label } = make(
      { time: "t", late },
      row({ t: "2001-01-31T08:30:00Z", y: 1, known: "2000-01-01T00:00:00Z" }),
    );

    expect(label?.due).toBe(at);
  });

  test("a row whose truth has no time is unfit", () => {
    expect(problem({ time: "t", late }, row({ t: 0, y: 1, known: "later" }))).toMatch(/known has no time .*"later"/);
  });

  test("a label that would come behind the end of time is unfit", () => {
    const never: NonNullable<ExamplePlan["late"]> = { target: "y", delay: { kind: "duration", ms: 86_400_000 } };

    expect(problem({ time: "t", late: never }, row({ t: "9999-12-31T12:00:00Z", y: 1 }))).toMatch(/after 9999/);
  });
});

test("columns that are not to be sent still name the observation", () => {
  const { observation } = make({ id: "key", omit: ["key", "note"] }, row({ key: "a", note: "n", x: 1 }));

  expect([observation.id, observation.data]).toEqual(["a", { x: 1 }]);
});

test("a row that was unfit from the start keeps its problem", () => {
  expect(problem({}, { number: 1, text: "", fields: {}, problem: "it is torn" })).toBe("it is torn");
});
