// Predictions over HTTP: the real server, its paths, and failures in the form of the protocol.

import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServer, type Server } from "../lib/serve/server.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { VERSION } from "../lib/version.ts";
import { openLine, pipelines } from "./fixtures/line.ts";
import { tellProblem } from "./problem.ts";
import { inferRoutes } from "./routes.ts";

let opened: ReturnType<typeof openLine>;
let server: Server;
let url: string;

/** Of a model that has learned twice. */
beforeAll(async () => {
  opened = openLine();
  await opened.learn(2);
  ({ server, url } = await serve(opened));
});

afterAll(async () => {
  await server.drain(0);
  await opened.store.close();
});

async function serve({ store, predict, clock, telemetry }: typeof opened) {
  const server = createServer({
    events: [],
    plain: inferRoutes({ pipelines, predict, joins: store.joins, models: store.models, clock, publish: undefined }),
    tell: tellProblem,
    missing: async () => ({}),
    log: silentLog,
    telemetry,
  });
  return { server, url: await server.listen(0, "127.0.0.1") };
}

const get = async (path: string, base = url) => {
  const response = await fetch(base + path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const post = async (path: string, body: string | Buffer, headers: Record<string, string> = {}) => {
  const response = await fetch(url + path, { method: "POST", body: body as string, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

test("the server's metadata have its version and its extensions", async () => {
  const { body } = await get("/v2");

  expect(body).toEqual({
    name: "wadi",
    version: VERSION,
    extensions: ["binary_tensor_data", "wadi_records", "wadi_observations"],
  });
});

test.each(["/v2/models/line", "/v2/models/line/versions/2"])(
  "%s says what the model takes and answers",
  async (path) => {
    const { body } = await get(path);

    expect(body).toEqual({
      name: "line",
      versions: ["2"],
      platform: "wadi",
      inputs: [
        { name: "x", datatype: "FP64", shape: [-1] },
        { name: "colour", datatype: "BYTES", shape: [-1] },
      ],
      outputs: [
        { name: "prediction", datatype: "FP64", shape: [-1] },
        { name: "model:line", datatype: "FP64", shape: [-1] },
        { name: "model:mean", datatype: "FP64", shape: [-1] },
        { name: "champion", datatype: "BYTES", shape: [-1] },
        { name: "generation", datatype: "BYTES", shape: [-1] },
        { name: "version", datatype: "INT64", shape: [-1] },
      ],
    });
  },
);

test("what the metadata names can be sent as tensors, and comes back as outputs", async () => {
  const { body } = await get("/v2/models/line");
  const values: Record<string, unknown[]> = { x: [1, 2], colour: ["red", "blue"] };
  const inputs = (body["inputs"] as { name: string }[]).map((one) => ({ ...one, shape: [2], data: values[one.name] }));

  const answer = await post("/v2/models/line/infer", JSON.stringify({ inputs }));

  expect(answer.status).toBe(200);
  expect((answer.body["outputs"] as object[]).map((one) => ({ ...one, shape: [-1], data: undefined }))).toEqual(
    body["outputs"],
  );
});

test.each(["/v2/models/line/ready", "/v2/models/line/versions/2/ready"])("%s: the model can be asked", async (path) => {
  expect(await get(path)).toEqual({ status: 200, body: { name: "line", ready: true } });
});

test("a model whose store is away is not ready, and says why", async () => {
  const away = openLine();
  const other = await serve(away);
  await away.store.close();

  const { status, body } = await get("/v2/models/line/ready", other.url);
  await other.server.drain(0);

  expect([status, body["code"]]).toEqual([503, "store-unavailable"]);
});

test("a version in the path is the one that answers, or none", async () => {
  expect((await post("/v2/models/line/versions/2/infer", '{"x":1}')).body["model_version"]).toBe("2");
  expect(await post("/v2/models/line/versions/7/infer", '{"x":1}')).toMatchObject({
    status: 422,
    body: { code: "version" },
  });
});

test.each(["plain", "gzip"])(
  "tensors come and go as bytes behind the JSON, %s; the header says how long the JSON is before it is zipped",
  async (coding) => {
    const json = Buffer.from(
      JSON.stringify({
        inputs: [{ name: "x", shape: [1], datatype: "FP64", parameters: { binary_data_size: 8 } }],
        outputs: [{ name: "prediction", parameters: { binary_data: true } }, { name: "version" }],
      }),
    );
    const whole = Buffer.concat([json, Buffer.from(Float64Array.of(3).buffer)]);
    const zipped = coding === "gzip";
    const headers = {
      "inference-header-content-length": String(json.length),
      ...(zipped && { "content-encoding": "gzip" }),
    };
    const expected = (await post("/v2/models/line/infer", '{"x":3}')).body["outputs"] as { data: number[] }[];

    const answer = await fetch(`${url}/v2/models/line/infer`, {
      method: "POST",
      headers,
      body: zipped ? gzipSync(whole) : whole,
    });

    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/octet-stream"]);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const length = Number(answer.headers.get("inference-header-content-length"));
    expect(JSON.parse(bytes.subarray(0, length).toString())).toMatchObject({
      model_version: "2",
      outputs: [
        { name: "prediction", parameters: { binary_data_size: 8 } },
        { name: "version", data: [2] },
      ],
    });
    expect([bytes.readDoubleLE(length), bytes.length]).toEqual([expected[0]?.data[0], length + 8]);
  },
);

describe("under /v2 a failure has the message as `error`, as the protocol prescribes, and code and message beside it", () => {
  test.each<[string, string, string, Record<string, string>, number, string, RegExp]>([
    ["a wrong field", "/v2/models/line/infer", '{"x":"far"}', {}, 422, "schema", /x must be/],
    ["no JSON", "/v2/models/line/infer", "x=1", {}, 400, "invalid-json", /not valid JSON/],
    ["an unknown model", "/v2/models/other/infer", '{"x":1}', {}, 422, "unknown-pipeline", /there is: line/],
    [
      "an id without a broker",
      "/v2/models/line/infer",
      '{"id":"a","inputs":{"x":1}}',
      {},
      501,
      "no-broker",
      /WADI_BROKER/,
    ],
    ["too much", "/v2/models/line/infer", " ".repeat(300_000), {}, 413, "too-large", /262144/],
    ["another method", "/v2/models/line", "{}", {}, 405, "method", /GET/],
    ["an unknown path", "/v2/nowhere", "{}", {}, 404, "path", /nothing/],
    [
      "binary tensors",
      "/v2/models/line/infer",
      '{"x":1}',
      { "inference-header-content-length": "8" },
      422,
      "binary-tensors",
      /Inference-Header-Content-Length: is "8"; it must be the length of the JSON/,
    ],
  ])("%s", async (_title, path, request, headers, status, code, message) => {
    const answer = await post(path, request, headers);

    expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(message), code } });
    expect(answer.body["message"]).toBe(answer.body["error"]);
  });

  test("elsewhere `error` is the code", async () => {
    expect((await post("/v2nd", "{}")).body).toMatchObject({ error: "path" });
  });
});
