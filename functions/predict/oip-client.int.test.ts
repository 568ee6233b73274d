// An independent client of the Open Inference Protocol, Triton's for Python, with its defaults: tensors as bytes both ways.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pythonWith, TEST_PEERS } from "../lib/python.contract.ts";
import { createServer, type Server } from "../lib/serve/server.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { openLine, pipelines } from "./fixtures/line.ts";
import { tellProblem } from "./problem.ts";
import { inferRoutes } from "./routes.ts";

const PROGRAM = join(import.meta.dirname, "fixtures/oip_client.py");

type Outputs = Readonly<Record<string, readonly unknown[]>>;
interface Failure {
  readonly status: string;
  readonly message: string;
}
interface Said {
  readonly [outputs: string]: Outputs | unknown;
  readonly model: { readonly inputs: unknown; readonly outputs: readonly { readonly name: string }[] };
  readonly errors: Readonly<Record<string, Failure>>;
}

const { python, missing } = await pythonWith(TEST_PEERS, "tritonclient.http");

describe.skipIf(missing !== undefined)(
  `Triton's client for Python${missing === undefined ? "" : ` (${missing})`}`,
  { tags: ["python"] },
  () => {
    let opened: ReturnType<typeof openLine>;
    let server: Server;
    let said: Said;
    let expected: readonly unknown[];

    beforeAll(async () => {
      opened = openLine();
      const { store, predict, clock, telemetry, published } = opened;
      const publish = async (event: (typeof published)[number]) => void published.push(event);
      server = createServer({
        events: [],
        plain: inferRoutes({ pipelines, predict, joins: store.joins, models: store.models, clock, publish }),
        tell: tellProblem,
        missing: async () => ({}),
        log: silentLog,
        telemetry,
      });
      const { host } = new URL(await server.listen(0, "127.0.0.1"));
      await opened.learn(2);
      const { outputs } = await opened.infer("line", Buffer.from('[{"x":3},{"x":1},{"x":4}]'));
      expected = outputs[0]?.data as readonly unknown[];
      const { stdout } = await promisify(execFile)(python, [PROGRAM, host]);
      said = JSON.parse(stdout);
    });
    afterAll(async () => {
      await server.drain(0);
      await opened.store.close();
    });

    test("finds the server and the model ready, and the extension in the metadata", () => {
      expect(said).toMatchObject({ live: true, ready: true, modelReady: true, unknownReady: false });
      expect(said["server"]).toMatchObject({
        name: "wadi",
        extensions: expect.arrayContaining(["binary_tensor_data"]),
      });
      expect(said.model).toMatchObject({ name: "line", versions: ["2"] });
    });

    test.each(["one", "integers", "halves", "gzip", "version", "async"])("predicts a row: %s", (asked) => {
      const outputs = said[asked] as Outputs;

      expect(outputs).toMatchObject({ prediction: [expected[0]], champion: ["line"], version: [2] });
      expect(Object.keys(outputs)).toEqual(said.model.outputs.map(({ name }) => name));
    });

    test("predicts batches, with texts among the inputs, and as columns", () => {
      const batch = said["batch"] as Outputs;
      expect(batch["champion"]).toEqual(["line", "line", "line"]);
      expect([batch["prediction"]?.[0], batch["prediction"]?.[1]]).toEqual([expected[0], expected[1]]);
      expect((said["column"] as Outputs)["prediction"]).toEqual([expected[0], expected[2]]);
    });

    test("gets only the outputs that it asks for, as bytes or in the JSON", () => {
      expect(said["some"]).toEqual({ version: [2], champion: ["line"] });
      expect(said["json"]).toEqual({ prediction: [expected[0]], version: [2] });
    });

    test("gets an interval and an explanation where it asks for them", () => {
      const { prediction, lower, upper, interval_note, explanation } = said["told"] as Outputs;

      expect(prediction).toEqual([expected[0]]);
      // After two examples there is no interval: as bytes it is not a number.
      expect([lower, upper]).toEqual([[null], [null]]);
      expect(interval_note).toEqual([expect.stringMatching(/2 of the 30 scores/)]);
      expect(JSON.parse(explanation?.[0] as string)).toMatchObject({ kind: "sum", total: expected[0] });
    });

    test("records rows under its request id, and gets their subjects for labels", () => {
      expect((said["recorded"] as Outputs)["subject"]).toEqual(["a/0", "a/1"]);
      expect(opened.published.map(({ data }) => data)).toEqual([
        { x: 3, colour: "red" },
        { x: 1, colour: "blue" },
      ]);
    });

    test.each<[string, string, RegExp]>([
      ["model", "422", /there is: line/],
      ["field", "422", /x is missing/],
      ["nan", "422", /inputs\[1\]: .*x must be a finite number, and is null/],
      ["infinite", "422", /inputs\.x\.data\[1\]: is Infinity, and FP64 takes numbers/],
      ["bytes", "422", /inputs\.colour\.data\[0\]: is not valid UTF-8/],
      ["output", "422", /outputs\[0\]\.name: "other" is no output; there is: prediction/],
      ["level", "422", /parameters\.interval: .*did you mean 0\.9/],
      ["deflate", "415", /"deflate" is not read here; send gzip/],
    ])("gets errors with the reason: %s", (error, status, message) => {
      expect(said.errors[error]?.status).toBe(status);
      expect(said.errors[error]?.message).toMatch(message);
    });
  },
);
