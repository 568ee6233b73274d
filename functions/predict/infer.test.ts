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

const tensor = (name: string, data: readonly unknown[], shape: readonly unknown[] = [data.length], more = {}) => ({
  name,
  shape,
  datatype: typeof data.flat()[0] === "string" ? "BYTES" : "FP64",
  data,
  ...more,
});

describe("a request may be", () => {
  test("JSON after a byte order mark, as some shells write it", async () => {
    const marked = [{ x: 3 }, { inputs: [tensor("x", [3])] }].map((body) => `\ufeff${JSON.stringify(body)}`);

    for (const request of marked) expect((await output(request))?.data).toEqual((await output({ x: 3 }))?.data);
  });

  test.each<[string, unknown, number]>([
    ["a record", { x: 3 }, 1],
    ["a list of records as it is", [{ x: 3 }, { x: 3, colour: "none" }], 2],
    ["one record inside inputs", { inputs: { x: 3 } }, 1],
    ["a list of one record", { inputs: [{ x: 3 }] }, 1],
    ["a list of records", { inputs: [{ x: 3 }, { x: 3 }] }, 2],
    ["tensors by field", { inputs: [tensor("x", [3, 3]), tensor("colour", ["none", "none"])] }, 2],
    ["tensors of one column", { inputs: [tensor("x", [3, 3], [2, 1])] }, 2],
    ["tensors of one column, nested", { inputs: [tensor("x", [[3], [3]], [2, 1])] }, 2],
    ["tensors of whole numbers", { inputs: [tensor("x", [3, 3], [2], { datatype: "INT64" })] }, 2],
    ["with what is left out written as null", { inputs: { x: 3 }, id: null, parameters: null, outputs: null }, 1],
    ["with lists and objects that are empty", { inputs: { x: 3 }, parameters: {}, outputs: [] }, 1],
    [
      "with the binary extension declined",
      {
        inputs: [tensor("x", [3])],
        parameters: { binary_data_output: false },
        outputs: ["prediction", "model:line", "model:mean", "champion", "generation", "version"].map((name) => ({
          name,
          parameters: { binary_data: false },
        })),
      },
      1,
    ],
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

test("the answer has the champion's prediction, each model's, the champion's name, generation and version", async () => {
  const { outputs } = await send({ inputs: { x: 1 } });

  expect(outputs.map(({ name, datatype }) => `${name} ${datatype}`)).toEqual([
    "prediction FP64",
    "model:line FP64",
    "model:mean FP64",
    "champion BYTES",
    "generation BYTES",
    "version INT64",
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

test("only the wanted outputs are answered, in the order of the request", async () => {
  const { outputs } = await send({ inputs: { x: 1 }, outputs: [{ name: "model:mean" }, { name: "prediction" }] });

  expect(outputs.map(({ name }) => name)).toEqual(["model:mean", "prediction"]);
});

test("only the version that serves can be asked for by its number", async () => {
  await opened.learn(2);
  const ask = (version: string) => opened.infer("line", Buffer.from('{"x":1}'), version);

  expect((await ask("2")).model_version).toBe("2");
  await expect(ask("1")).rejects.toThrow(/1 of line does not serve, 2 does/);
});

test("a record may contain the target, which changes nothing", async () => {
  await opened.learn(1);

  expect(await output({ inputs: { x: 1, y: 99 } })).toEqual(await output({ inputs: { x: 1 } }));
});

test("nothing is recorded", async () => {
  await send({ inputs: { x: 1 } });

  expect((await opened.store.joins.counts("line")).opened).toBe(0);
});

describe("what cannot be answered is refused by name and path", () => {
  test.each<[string, unknown, string, RegExp]>([
    ["an empty record", {}, "x", /missing/],
    ["a request without inputs", { outputs: [] }, "inputs", /send a record/],
    ["inputs mistyped", { input: { x: 1 } }, "input", /did you mean inputs/],
    ["a member nobody knows", { inputs: { x: 1 }, output: [] }, "output", /did you mean outputs/],
    ["a record that is not flat", { x: { y: 1 } }, "x", /send a record/],
    ["a number instead of a request", "42", "the request", /send/],
    ["an empty list", [], "the request", /send/],
    ["inputs that are empty", { inputs: [] }, "inputs", /send/],
    ["inputs that are no records", { inputs: [1, 2] }, "inputs", /send/],
    ["tensors of no elements", { inputs: [tensor("x", [])] }, "inputs", /send/],
    ["1001 rows", { inputs: Array(1001).fill({ x: 1 }) }, "inputs", /1000 are allowed/],
    ["a tensor among records", { inputs: [{ x: 1 }, tensor("x", [1])] }, "inputs[0]", /tensor/],
    ["a tensor without a name", { inputs: [{ data: [1], shape: [1] }] }, "inputs[0]", /tensor/],
    ["tensors of different lengths", { inputs: [tensor("x", [1, 2]), tensor("colour", ["a"])] }, "inputs.colour", /2/],
    ["a matrix", { inputs: [tensor("x", [1, 2, 3, 4], [2, 2])] }, "inputs.x", /\[4\]/],
    ["a shape that is not the data's", { inputs: [tensor("x", [1, 2], [3])] }, "inputs.x", /\[2\]/],
    ["a shape that is none", { inputs: [tensor("x", [1, 2], [], { shape: 2 })] }, "inputs.x", /\[2\]/],
    ["one tensor twice", { inputs: [tensor("x", [1]), tensor("x", [2])] }, "inputs.x", /twice/],
    ["data that is no list", { inputs: [tensor("x", [1], [1], { data: 1 })] }, "inputs.x.data", /must be a list/],
    ["no data", { inputs: [tensor("x", [1], [1], { data: undefined })] }, "inputs.x.data", /must be a list/],
    ["no datatype", { inputs: [tensor("x", [1], [1], { datatype: undefined })] }, "inputs.x.datatype", /BYTES/],
    ["a datatype nobody knows", { inputs: [tensor("x", [1], [1], { datatype: "F" })] }, "inputs.x.datatype", /FP64/],
    ["an element of another datatype", { inputs: [tensor("x", [1, "2"])] }, "inputs.x.data[1]", /FP64/],
    ["half an integer", { inputs: [tensor("x", [1.5], [1], { datatype: "INT8" })] }, "inputs.x.data[0]", /INT8/],
    ["a datatype that is not the field's", { inputs: [tensor("x", ["1"])] }, "inputs[0].x", /number/],
    ["a null that the field does not take", { inputs: [tensor("x", [1, null])] }, "inputs[1].x", /null/],
    ["a tensor with more to it", { inputs: [tensor("x", [1], [1], { unit: "m" })] }, "inputs.x.unit", /leave it out/],
    ["a field of the wrong type", { inputs: { x: "far" } }, "inputs.x", /far/],
    ["a wrong field of a plain record", { x: "far" }, "x", /far/],
    ["a wrong field of a plain list", [{ x: 1 }, { x: "far" }], "[1].x", /far/],
    ["a field nobody knows", { inputs: { x: 1, z: 1 } }, "inputs.z", /not a field/],
    ["a field missing", { inputs: { colour: "red" } }, "inputs.x", /missing/],
    ["a bad row among good ones", { inputs: [{ x: 1 }, { x: null }] }, "inputs[1].x", /null/],
    ["a field called __proto__", '{"inputs":{"x":1,"__proto__":{"y":1}}}', "inputs.__proto__", /not a field/],
    [
      "a tensor called __proto__",
      { inputs: [tensor("x", [1]), tensor("__proto__", [1])] },
      "inputs[0].__proto__",
      /field/,
    ],
    ["a parameter", { inputs: { x: 1 }, parameters: { timeout: 5 } }, "parameters.timeout", /known here/],
    ["parameters that are none", { inputs: { x: 1 }, parameters: 5 }, "parameters", /object/],
    [
      "a parameter of a tensor",
      { inputs: [tensor("x", [1], [1], { parameters: { content_type: "np" } })] },
      "inputs.x.parameters.content_type",
      /known here/,
    ],
    [
      "a parameter of an output",
      { inputs: { x: 1 }, outputs: [{ name: "prediction", parameters: { classification: 2 } }] },
      "outputs[0].parameters.classification",
      /known here/,
    ],
    [
      "an output nobody has",
      { inputs: { x: 1 }, outputs: [{ name: "p" }] },
      "outputs[0].name",
      /prediction, model:line/,
    ],
    [
      "an output that is there twice",
      { inputs: { x: 1 }, outputs: [{ name: "prediction" }, { name: "prediction" }] },
      "outputs[1].name",
      /twice/,
    ],
    [
      "a parameter that must be true or false",
      { inputs: { x: 1 }, parameters: { binary_data_output: "yes" } },
      "parameters.binary_data_output",
      /true or false/,
    ],
    [
      "a parameter of an output that must be true or false",
      { inputs: { x: 1 }, outputs: [{ name: "prediction", parameters: { binary_data: 1 } }] },
      "outputs[0].parameters.binary_data",
      /true or false/,
    ],
    [
      "a parameter of another place",
      { inputs: { x: 1 }, parameters: { binary_data: true } },
      "parameters.binary_data",
      /interval, explain, binary_data_output/,
    ],
    ["an output without a name", { inputs: { x: 1 }, outputs: ["prediction"] }, "outputs[0]", /name/],
    ["outputs that are no list", { inputs: { x: 1 }, outputs: {} }, "outputs", /list/],
    [
      "subjects where nothing is recorded",
      { inputs: { x: 1 }, outputs: [{ name: "subject" }] },
      "outputs[0].name",
      /id/,
    ],
    ["an id that is empty", { id: "", inputs: { x: 1 } }, "id", /text/],
    ["an id that is a number", { id: 7, inputs: { x: 1 } }, "id", /text/],
    ["an id too long for headers", { id: "ä".repeat(200), inputs: { x: 1 } }, "id", /1200 bytes/],
  ])("%s", async (_title, request, path, problem) => {
    const { fields, message } = await refused(request);

    expect(fields[0]?.path).toBe(path);
    expect(message + fields[0]?.problem).toMatch(problem);
  });

  test("every bad row of a batch is named", async () => {
    const { fields } = await refused([{ x: null }, { x: 1 }, { z: 1 }]);

    expect(fields.map(({ path }) => path)).toEqual(["[0].x", "[2].x", "[2].z"]);
  });

  test("an unknown pipeline", async () => {
    const { code, message } = await refused({ inputs: { x: 1 } }, "other");

    expect(code).toBe("unknown-pipeline");
    expect(message).toContain("line");
  });

  test.each([
    ["no JSON", Buffer.from("x=1"), "invalid-json"],
    ["nothing", Buffer.alloc(0), "invalid-json"],
    ["JSON nested too deep", Buffer.from("[".repeat(1000)), "json-depth"],
    ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "charset"],
    ["an id with a control character", Buffer.from('{"id":"a\\u0000","inputs":{"x":1}}'), "attribute-value"],
  ])("%s", async (_title, body, code) => {
    const error = await opened.infer("line", body).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(MalformedEventError);
    expect(error).toMatchObject({ code });
  });
});
