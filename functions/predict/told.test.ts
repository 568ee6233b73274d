// What a prediction says on request, from the scores of a model to the answers of predict.

import { describe, expect, onTestFinished, test } from "vitest";
import { observationKey } from "../lib/events/identity.ts";
import type { Explanation } from "../lib/events/vocabulary.ts";
import { LEAST } from "../lib/learners/conformal.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import type { InferAnswer } from "./answer.ts";
import { dataOf, lineYaml, openLine } from "./fixtures/line.ts";

const ASKING = `predict: { interval: 0.9, explain: true }\n`;

function opened(yaml = lineYaml()) {
  const line = openLine(parsePipeline(yaml, "line.yaml"));
  onTestFinished(() => line.store.close());
  return line;
}

const request = (parameters: object, more: object = {}) =>
  Buffer.from(JSON.stringify({ parameters, inputs: { x: 1 }, ...more }));
const of = ({ outputs }: InferAnswer, name: string) => outputs.find((output) => output.name === name)?.data;
const explained = (answer: InferAnswer) => JSON.parse(of(answer, "explanation")?.[0] as string) as Explanation;

describe("a synchronous prediction", () => {
  test("says an interval around the served value once there are enough scores, and why there is none before", async () => {
    const { learn, infer } = opened();
    await learn(LEAST - 1);

    const early = await infer("line", request({ interval: 0.9 }));
    await learn(1);
    const answer = await infer("line", request({ interval: 0.9 }));

    expect([of(early, "lower"), of(early, "upper")]).toEqual([[null], [null]]);
    expect(of(early, "interval_note")?.[0]).toMatch(/29 of the 30 scores/);
    const [value, lower, upper] = ["prediction", "lower", "upper"].map((name) => of(answer, name)?.[0] as number);
    expect(lower).toBeLessThan(value as number);
    expect((lower as number) + (upper as number)).toBeCloseTo(2 * (value as number), 9);
    expect(of(answer, "interval_note")).toEqual([null]);
    expect(answer.parameters.interval).toBe(0.9);
  });

  test("says how it came about, in numbers that add up to it", async () => {
    const { learn, infer } = opened();
    await learn(3);

    const answer = await infer("line", request({ explain: true }));

    const explanation = explained(answer) as Extract<Explanation, { kind: "sum" }>;
    expect(explanation.contributions.map(({ feature }) => feature)).toEqual(["x"]);
    expect(explanation.others).toEqual({ features: 1, contribution: 0 });
    expect(explanation.total).toBe(of(answer, "prediction")?.[0]);
  });

  test("has no such outputs where nobody asks", async () => {
    const { learn, infer } = opened(lineYaml() + ASKING);
    await learn(1);

    for (const body of [request({}), request({ explain: false, interval: null }), Buffer.from('{"x":1}')]) {
      const { outputs, parameters } = await infer("line", body);
      const names = outputs.map(({ name }) => name);
      expect(names).toEqual(["prediction", "model:line", "model:mean", "champion", "generation", "version"]);
      expect(parameters).not.toHaveProperty("interval");
    }
  });

  test("of a classification says which classes are likely enough, the likeliest first", async () => {
    const labels = lineYaml("{ prior: [ prior-classifier ] }")
      .replace("{ field: y, task: regression }", "{ field: y, task: multiclass }")
      .replace('[ "null", double ]', '[ "null", string ]')
      .replace("serve: line", "serve: prior")
      .replace("[ mae ]", "[ accuracy ]");
    const { learn, infer } = opened(labels);
    for (let i = 0; i < 50; i++) await learn(1, { y: i % 10 === 9 ? "rare" : i % 2 === 0 ? "even" : "odd" });

    const answer = await infer("line", request({ interval: 0.8, explain: true }));

    expect(JSON.parse(of(answer, "classes")?.[0] as string)).toEqual(["even", "odd"]);
    expect(of(answer, "lower")).toBeUndefined();
    expect(explained(answer)).toEqual({ kind: "none", why: expect.stringMatching(/prior-classifier is no sum/) });
  });

  test.each<[string, object, object, string, RegExp]>([
    ["a share in per cent", { interval: 90 }, {}, "parameters.interval", /did you mean 0\.9/],
    ["a text", { interval: "0.9" }, {}, "parameters.interval", /a number above 0 and up to 0\.99/],
    ["certainty", { interval: 1 }, {}, "parameters.interval", /up to 0\.99/],
    ["a reason that is no flag", { explain: 1 }, {}, "parameters.explain", /true or false/],
    ["a bound alone", {}, { outputs: [{ name: "lower" }] }, "outputs[0].name", /parameters\.interval/],
    ["a reason alone", {}, { outputs: [{ name: "explanation" }] }, "outputs[0].name", /parameters\.explain/],
    ["classes of a number", { interval: 0.9 }, { outputs: [{ name: "classes" }] }, "outputs[0].name", /lower, upper/],
  ])("is refused that is asked for %s", async (_title, parameters, more, path, problem) => {
    const { infer } = opened();

    const refusal = await infer("line", request(parameters, more)).catch((error) => error);

    expect(refusal).toMatchObject({ code: "request", fields: [{ path, problem: expect.stringMatching(problem) }] });
  });
});

describe("a recorded prediction", () => {
  test("says what the pipeline's events say, whether an event or a request with an id asks", async () => {
    const { learn, infer, predict, features, observed } = opened(lineYaml() + ASKING);
    await learn(LEAST);
    await observed(observationKey("line", "subject-1"));

    const byEvent = dataOf(await predict.handle(features("1")));
    await infer("line", request({}, { id: "2" }));
    const afterRequest = dataOf(await predict.handle(features("2", {}, { subject: "2" })));

    expect(byEvent.interval).toMatchObject({ level: 0.9, lower: expect.any(Number), upper: expect.any(Number) });
    expect(byEvent.explanation).toMatchObject({ kind: "sum", unit: "target", total: byEvent.value });
    expect(afterRequest).toMatchObject({ interval: byEvent.interval, explanation: { total: afterRequest.value } });
  });

  test("says nothing more where the file does not ask", async () => {
    const { predict, features, observed } = opened();
    await observed(observationKey("line", "subject-1"));

    const made = dataOf(await predict.handle(features("1")));

    expect(made).not.toHaveProperty("interval");
    expect(made).not.toHaveProperty("explanation");
  });

  test("says the same again, whatever was learned in between", async () => {
    const { learn, predict, features, observed } = opened(lineYaml() + ASKING);
    await learn(LEAST);
    await observed(observationKey("line", "subject-1"));

    const first = dataOf(await predict.handle(features("1")));
    await learn(50, { y: -1000 });
    const again = dataOf(await predict.handle(features("1")));

    expect(again).toEqual(first);
    expect(first.interval).toHaveProperty("lower");
  });

  test("that was served with another interval, or with none, says so when it is asked again", async () => {
    const { learn, infer } = opened();
    await learn(LEAST);
    await infer("line", request({}, { id: "without" }));
    const first = await infer("line", request({ interval: 0.8 }, { id: "with" }));

    const without = await infer("line", request({ interval: 0.9, explain: true }, { id: "without" }));
    const other = await infer("line", request({ interval: 0.9 }, { id: "with" }));
    const same = await infer("line", request({ interval: 0.8 }, { id: "with" }));

    expect([of(without, "lower"), of(other, "lower")]).toEqual([[null], [null]]);
    expect(of(without, "interval_note")?.[0]).toMatch(/served before, without an interval/);
    expect(of(other, "interval_note")?.[0]).toMatch(/served before, with the interval 0\.8/);
    expect(explained(without)).toMatchObject({ kind: "none", why: expect.stringMatching(/served before/) });
    expect(same).toEqual(first);
  });
});

test("what is asked for changes nothing that is learned", async () => {
  const stateAfter = async (parameters: object) => {
    const { learn, infer, store } = opened();
    await learn(LEAST);
    const { outputs } = await infer("line", request(parameters, { id: "1" }));
    const key = observationKey("line", "1");
    const record = await store.joins.read("line", key);
    await learn(1, { served: record?.served });
    expect(outputs.length).toBeGreaterThan(0);
    return JSON.parse((await store.models.load("line")).state).models;
  };

  expect(await stateAfter({ interval: 0.5, explain: true })).toEqual(await stateAfter({}));
});
