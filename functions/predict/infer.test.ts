import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MalformedEventError, RejectedError } from "../lib/errors.ts";
import { openLine } from "./fixtures/line.ts";

let opened: ReturnType<typeof openLine>;
beforeEach(() => {
  opened = openLine();
});
afterEach(() => opened.store.close());

const send = (request: unknown, name = "line") =>
  opened.infer(name, Buffer.from(typeof request === "string" ? request : JSON.stringify(request)));

async function output(request: unknown, name = "prediction") {
  const { outputs } = await send(request);
  return outputs.find((each) => each.name === name);
}

async function refused(request: unknown, name?: string): Promise<RejectedError> {
  const error = await send(request, name).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RejectedError);
  return error as RejectedError;
}

const tensor = (name: string, data: readonly unknown[], shape: readonly unknown[] = [data.length]) => ({
  name,
  shape,
  datatype: "FP64",
  data,
});

describe("a request may be", () => {
  test.each<[string, unknown, number]>([
    ["one record inside inputs", { inputs: { x: 3 } }, 1],
    ["a list of records", { inputs: [{ x: 3 }, { x: 3 }] }, 2],
    ["tensors by field", { inputs: [tensor("x", [3, 3]), tensor("colour", ["none", "none"])] }, 2],
    ["tensors of one column", { inputs: [tensor("x", [3, 3], [2, 1])] }, 2],
    ["with the protocol's other members", { inputs: { x: 3 }, parameters: { a: 1 }, outputs: [] }, 1],
  ])("%s, and the answer is the same", async (_title, request, rows) => {
    await opened.learn(2);
    const single = (await output({ inputs: { x: 3 } }))?.data[0];

    const answer = await send(request);

    expect(answer).toMatchObject({ model_name: "line", model_version: "2" });
    for (const { shape, data } of answer.outputs) {
      expect(shape).toEqual([rows]);
      expect(data).toHaveLength(rows);
    }
    expect((await output(request))?.data).toEqual(Array(rows).fill(single));
  });
});

test("the answer has the champion's prediction, each model's, the champion's name and the generation", async () => {
  const { outputs } = await send({ inputs: { x: 1 } });

  expect(outputs.map(({ name, datatype }) => `${name} ${datatype}`)).toEqual([
    "prediction FP64",
    "model:line FP64",
    "model:mean FP64",
    "champion BYTES",
    "generation BYTES",
  ]);
});

test("the rows of a batch are answered in their order, by one version of the model, whatever is learned meanwhile", async () => {
  await opened.learn(3);
  const inputs = [{ x: 3 }, { x: 1 }, { x: 2 }, { x: 1 }];
  const oneByOne = await Promise.all(inputs.map(async (record) => (await output({ inputs: record }))?.data[0]));

  const [batch] = await Promise.all([send({ inputs }), opened.learn(2, { y: 900 })]);

  expect(new Set(oneByOne).size).toBe(3);
  expect(batch.model_version).toBe("3");
  expect(batch.outputs[0]?.data).toEqual(oneByOne);
});

test("a record may bear the truth, which changes nothing", async () => {
  await opened.learn(1);

  expect(await output({ inputs: { x: 1, y: 99 } })).toEqual(await output({ inputs: { x: 1 } }));
});

test("nothing is recorded", async () => {
  await send({ inputs: { x: 1 } });

  expect((await opened.store.joins.counts("line")).opened).toBe(0);
});

describe("what cannot be answered is refused by name and place", () => {
  test.each<[string, unknown, string, RegExp]>([
    ["no inputs", {}, "inputs", /"inputs": \{<field>: <value>\}/],
    ["a list instead of a request", [{ x: 1 }], "inputs", /send/],
    ["a number instead of a request", "42", "inputs", /send/],
    ["inputs that are empty", { inputs: [] }, "inputs", /send/],
    ["inputs that are no records", { inputs: [1, 2] }, "inputs", /send/],
    ["tensors of no elements", { inputs: [tensor("x", [])] }, "inputs", /send/],
    ["1001 rows", { inputs: Array(1001).fill({ x: 1 }) }, "inputs", /1000 are allowed/],
    ["an id", { id: "a", inputs: { x: 1 } }, "id", /observation event/],
    ["tensors of different lengths", { inputs: [tensor("x", [1, 2]), tensor("colour", ["a"])] }, "inputs.colour", /2/],
    ["a matrix", { inputs: [tensor("x", [1, 2, 3, 4], [2, 2])] }, "inputs.x", /\[4\]/],
    ["a shape that is not the data's", { inputs: [tensor("x", [1, 2], [3])] }, "inputs.x", /\[2\]/],
    ["one tensor twice", { inputs: [tensor("x", [1]), tensor("x", [2])] }, "inputs.x", /twice/],
    ["a field of the wrong type", { inputs: { x: "far" } }, "inputs.x", /far/],
    ["a field nobody knows", { inputs: { x: 1, z: 1 } }, "inputs.z", /not a field/],
    ["a field missing", { inputs: { colour: "red" } }, "inputs.x", /missing/],
    ["a bad row among good ones", { inputs: [{ x: 1 }, { x: null }] }, "inputs[1].x", /null/],
    ["a bad element of a tensor", { inputs: [tensor("x", [1, 2, "3"])] }, "inputs[2].x", /number/],
    ["a field called __proto__", '{"inputs":{"x":1,"__proto__":{"y":1}}}', "inputs.__proto__", /not a field/],
    [
      "a tensor called __proto__",
      { inputs: [tensor("x", [1]), tensor("__proto__", [1])] },
      "inputs.__proto__",
      /field/,
    ],
  ])("%s", async (_title, request, path, problem) => {
    const { fields, message } = await refused(request);

    expect(fields[0]?.path).toBe(path);
    expect(message + fields[0]?.problem).toMatch(problem);
  });

  test("a pipeline nobody has", async () => {
    const { code, message } = await refused({ inputs: { x: 1 } }, "other");

    expect(code).toBe("unknown-pipeline");
    expect(message).toContain("line");
  });

  test.each([
    ["no JSON", Buffer.from("x=1"), "invalid-json"],
    ["nothing", Buffer.alloc(0), "invalid-json"],
    ["JSON nested too deep", Buffer.from("[".repeat(1000)), "json-depth"],
    ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "charset"],
  ])("%s", async (_title, body, code) => {
    const error = await opened.infer("line", body).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(MalformedEventError);
    expect(error).toMatchObject({ code });
  });
});
