import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { createServer, type Server } from "../lib/serve/server.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { lineYaml, openLine, pipelines } from "./fixtures/line.ts";
import { openApiDocument } from "./openapi.ts";
import { tellProblem } from "./problem.ts";
import { inferRoutes } from "./routes.ts";

const every = parsePipeline(
  `
name: every-type
event:
  schemas:
    1:
      type: record
      name: Every
      fields:
        - { name: flag, type: boolean }
        - { name: small, type: int }
        - { name: large, type: long, default: 7 }
        - { name: single, type: float }
        - { name: double, type: ["null", double] }
        - { name: word, type: ["null", string], default: null }
        - { name: suit, type: ["null", { type: enum, name: Suit, symbols: [HEARTS, SPADES] }], default: null }
        - { name: when, type: ["null", { type: long, logicalType: timestamp-millis }], default: null }
        - { name: y, type: ["null", double], default: null }
target: { field: y, task: regression }
labelHorizon: 1d
features: [ { from: small, as: number } ]
models: { mean: [ mean-regressor ] }
metrics: [ mae ]
`,
  "every.yaml",
);
const other = parsePipeline(lineYaml().replace("name: line\n", "name: other-line\n"), "other.yaml");
const all = new Map([...pipelines, ["every-type", every], ["other-line", other]]);
const document = openApiDocument(all);

/** Whether a value fits a schema of the document. */
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: "https://wadi.dev/openapi.json", ...document });
const fits = (name: string, value: unknown) =>
  ajv.getSchema(`https://wadi.dev/openapi.json#/components/schemas/${name}`)?.(value) === true;

test("the document is OpenAPI 3.1, and every operation has a name of its own", async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document) as never);

  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  const ids = [...JSON.stringify(document).matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain("infer_every-type");
});

describe("a pipeline's record in the document", () => {
  const word = fc.oneof(fc.string(), fc.constantFrom("HEARTS", "SPADES", "2001-01-31T08:30:00Z"));
  const number = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.constantFrom(0, 2 ** 31, 2 ** 52, -(2 ** 31), 253_402_300_800_000),
  );
  const anything = fc.oneof(word, number, fc.boolean(), fc.constant(null), fc.constant([]));
  const likely = {
    flag: fc.boolean(),
    small: fc.integer({ min: -5, max: 5 }),
    large: fc.integer(),
    single: fc.float({ noNaN: true, noDefaultInfinity: true }),
    double: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
    word: fc.option(fc.string()),
    suit: fc.constantFrom("HEARTS", "SPADES", null),
    when: fc.constantFrom("2001-01-31T08:30:00Z", 0, null),
  };
  const sound = fc.record(likely, { requiredKeys: ["flag", "small", "single", "double"] });
  const spoiled = fc
    .tuple(sound, fc.constantFrom(...Object.keys(likely), "y", "z"), fc.option(anything, { nil: undefined }))
    .map(([record, name, value]) => JSON.parse(JSON.stringify({ ...record, [name]: value })));

  const isTaken = (record: unknown) => {
    try {
      every.decodeJson(record);
      return true;
    } catch {
      return false;
    }
  };

  test("takes what the pipeline takes", () => {
    fc.assert(fc.property(sound, (record) => isTaken(record) && fits("every-type_record", record)));
  });

  test("refuses what the pipeline refuses, except what a schema cannot say of texts and of single precision", () => {
    fc.assert(
      fc.property(spoiled, (record) => {
        const loose = typeof record.when === "string" || typeof record.single === "number";
        return loose
          ? !isTaken(record) || fits("every-type_record", record)
          : isTaken(record) === fits("every-type_record", record);
      }),
      { numRuns: 2000 },
    );
  });
});

test.each<[string, unknown]>([
  ["a record", { x: 1 }],
  ["a list", [{ x: 1 }]],
  ["a record as inputs", { id: "a", inputs: { x: 1 }, outputs: [{ name: "model:line" }, { name: "subject" }] }],
  ["tensors", { inputs: [{ name: "x", shape: [2, 1], datatype: "FP64", data: [[1], [2]] }] }],
  [
    "the JSON before bytes",
    { inputs: [{ name: "x", shape: [2], datatype: "FP64", parameters: { binary_data_size: 16 } }] },
  ],
  ["one for bytes", { inputs: { x: 1 }, parameters: { binary_data_output: true } }],
  [
    "one for bytes of an output",
    { inputs: { x: 1 }, outputs: [{ name: "version", parameters: { binary_data: true } }] },
  ],
])("a request may be %s", (_title, request) => {
  expect(fits("line_request", request), ajv.errorsText()).toBe(true);
});

test.each<[string, unknown]>([
  ["another pipeline's record", { suit: "HEARTS" }],
  ["nothing", []],
  ["an unknown output", { inputs: { x: 1 }, outputs: [{ name: "model:other" }] }],
])("a request may not be %s", (_title, request) => {
  expect(fits("line_request", request)).toBe(false);
});

describe("what is answered", () => {
  let opened: ReturnType<typeof openLine>;
  let server: Server;
  let url: string;
  beforeAll(async () => {
    opened = openLine();
    const { store, predict, clock, telemetry } = opened;
    server = createServer({
      events: [],
      plain: inferRoutes({
        pipelines,
        predict,
        joins: store.joins,
        models: store.models,
        clock,
        publish: async () => {},
      }),
      tell: tellProblem,
      missing: async () => ({}),
      log: silentLog,
      telemetry,
    });
    url = await server.listen(0, "127.0.0.1");
  });
  afterAll(async () => {
    await server.drain(0);
    await opened.store.close();
  });

  test("the document itself is served", async () => {
    expect(await (await fetch(`${url}/v2/openapi.json`)).json()).toEqual(openApiDocument(pipelines));
  });

  const { paths } = openApiDocument(pipelines) as {
    paths: Record<
      string,
      Record<string, { responses: Record<string, { content: Record<string, { schema: { $ref: string } }> }> }>
    >;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== "parameters")
      .map(
        ([method, { responses }]) =>
          [method, path, responses["200"]?.content["application/json"]?.schema.$ref] as const,
      ),
  );

  test.each(operations)("%s %s: the answer fits the schema in the document", async (method, path, shape) => {
    const body = method === "post" ? { body: JSON.stringify([{ x: 1 }, { x: 2 }]) } : {};

    const response = await fetch(url + path.replace("{version}", "0"), { method, ...body });

    expect(response.status).toBe(200);
    expect(fits(String(shape).split("/").at(-1) as string, await response.json()), ajv.errorsText()).toBe(true);
  });

  test("a recorded answer and a failure fit their schemas, too", async () => {
    const post = async (body: object) =>
      (await fetch(`${url}/v2/models/line/infer`, { method: "POST", body: JSON.stringify(body) })).json();

    expect(fits("InferResponse", await post({ id: "a", inputs: { x: 1 } })), ajv.errorsText()).toBe(true);
    expect(fits("Problem", await post({ x: "far" })), ajv.errorsText()).toBe(true);
  });

  test("the JSON before bytes fits its schema, too", async () => {
    const body = JSON.stringify({ inputs: { x: 1 }, parameters: { binary_data_output: true } });

    const answer = await fetch(`${url}/v2/models/line/infer`, { method: "POST", body });
    const json = (await answer.text()).slice(0, Number(answer.headers.get("inference-header-content-length")));

    expect(fits("InferResponse", JSON.parse(json)), ajv.errorsText()).toBe(true);
  });
});
