// Internal events that no step of Wadi made: the types are right, and something in them is not.

import fc from "fast-check";
import { type Make, post } from "./hostile-bytes.contract.ts";

interface Form {
  readonly step: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Attributes beside those of every internal event. */
  readonly attributes?: Readonly<Record<string, string>>;
}

const EXAMPLE = { set: "line", time: 0, x: { x: 1 }, y: 1 };
/** As the steps make them, but for what is spoilt below. */
const FORMS: Readonly<Record<string, Form>> = {
  "observation.validated": {
    step: "featurize",
    data: { record: { x: 1, y: null, time: null }, time: 0 },
    attributes: { clientsource: "/s", clientid: "c" },
  },
  "label.validated": { step: "featurize", data: { y: 1 } },
  "features.extracted": { step: "predict", data: EXAMPLE },
  "example.labelled": { step: "learn", data: EXAMPLE, attributes: { learnedid: "7" } },
};

// Of now: what is old is refused for that, whatever else is wrong with it.
const ENVELOPE = { pipeline: "line", subject: "s", recordedtime: new Date().toISOString() };

/** Attributes that no type may lack or twist; undefined: left out. */
const ATTRIBUTES: readonly Readonly<Record<string, string | undefined>>[] = [
  { pipeline: undefined },
  { pipeline: "nobody" },
  { pipeline: "__proto__" },
  { subject: undefined },
  { recordedtime: undefined },
  { recordedtime: "now" },
  { recordedtime: "1e9" },
  { recordedtime: "2001-02-30T00:00:00Z" },
];
const DATA: readonly unknown[] = [undefined, null, 1, "x", [], {}, [EXAMPLE], { __proto__: null, y: null }];
/** A number where JSON has none. */
const BEYOND = "beyond doubles";

const SPOILT: Readonly<Record<string, readonly object[]>> = {
  "observation.validated": [
    { record: undefined },
    { record: null },
    { record: [] },
    { record: "x" },
    { record: { x: {} } },
    { record: { x: [1] } },
    { record: { x: BEYOND } },
    { time: "0" },
    { time: BEYOND },
    { time: null },
    { y: {} },
    { y: null },
    { y: BEYOND },
  ],
  "label.validated": [{ y: undefined }, { y: null }, { y: {} }, { y: [1] }, { y: BEYOND }],
  "features.extracted": [
    { set: undefined },
    { set: "" },
    { set: 1 },
    { set: "flights" },
    { set: "__proto__" },
    { time: undefined },
    { time: "0" },
    { time: BEYOND },
    { x: undefined },
    { x: null },
    { x: [1] },
    { x: "x" },
    { x: { x: null } },
    { x: { x: true } },
    { x: { x: {} } },
    { x: { x: "1" } },
    { x: { x: BEYOND } },
    { served: null },
    { served: 1 },
    { served: {} },
    { served: { generation: 1, version: 1, model: "linear", values: {} } },
    { served: { generation: "1", version: 0.5, model: "linear", values: {} } },
    { served: { generation: "1", version: 1, model: {}, values: {} } },
    { served: { generation: "1", version: 1, model: "linear", values: { linear: "1" } } },
    { served: { generation: "1", version: 1, model: "linear", values: { linear: BEYOND } } },
    { served: { generation: "1", version: 1, model: "linear", values: { linear: { a: "1" } } } },
  ],
};
const EXAMPLES = [
  ...(SPOILT["features.extracted"] ?? []),
  { y: undefined },
  { y: null },
  { y: true },
  { y: "1" },
  { y: BEYOND },
];
const LEARNED_IDS = [undefined, "-1", "0x7", "1e3", "1.5", "x", "9223372036854775808", "9".repeat(400), "+7"];

function forge(
  type: string,
  toBroker: boolean,
  data: unknown,
  attributes: Readonly<Record<string, string | undefined>>,
): Make {
  const { step, attributes: own } = FORMS[type] as Form;
  const all = {
    specversion: "1.0",
    type: `dev.wadi.${type}`,
    source: "/wadi/line/forged",
    ...ENVELOPE,
    ...own,
    ...attributes,
  };
  const headers = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[`ce-${name}`, value] as const],
  );
  const body = (JSON.stringify(data) ?? "").replaceAll(`"${BEYOND}"`, "1e999");
  return (n) => ({
    what: `a forged ${type}`,
    bytes: post(
      toBroker ? "/" : `/${step}`,
      n,
      [["host", "localhost"], ...headers, ["content-type", "application/json"]],
      body,
    ),
  });
}

const types = fc.constantFrom(...Object.keys(FORMS));

/** Each is refused by the step that takes its type. */
export const forgedEvents: fc.Arbitrary<Make> = fc.oneof(
  fc
    .tuple(types, fc.boolean(), fc.constantFrom(...ATTRIBUTES))
    .map(([type, toBroker, spoilt]) => forge(type, toBroker, FORMS[type]?.data, spoilt)),
  fc
    .tuple(types, fc.boolean(), fc.constantFrom(...DATA))
    .map(([type, toBroker, data]) => forge(type, toBroker, data, {})),
  fc.tuple(types, fc.boolean(), fc.nat()).map(([type, toBroker, pick]) => {
    const spoilt = type === "example.labelled" ? EXAMPLES : (SPOILT[type] ?? []);
    return forge(type, toBroker, { ...FORMS[type]?.data, ...spoilt[pick % spoilt.length] }, {});
  }),
  fc
    .tuple(fc.boolean(), fc.constantFrom(...LEARNED_IDS))
    .map(([toBroker, learnedid]) => forge("example.labelled", toBroker, EXAMPLE, { learnedid })),
  // Another step's event, or one that nobody makes.
  fc.tuple(fc.constantFrom("validate", "featurize", "predict", "learn"), fc.string()).map(
    ([step, type]): Make =>
      (n) => ({
        what: "another type",
        bytes: post(
          `/${step}`,
          n,
          [
            ["host", "localhost"],
            ["ce-specversion", "1.0"],
            ["ce-source", "/s"],
            ["ce-type", `dev.wadi.${encodeURIComponent(type)}`],
          ],
          "{}",
        ),
      }),
  ),
);
