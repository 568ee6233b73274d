import { expect, test } from "vitest";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { nextSteps } from "./demo-report.ts";

const scenario = { tries: () => ["curl"] };
const first = (once: boolean) =>
  nextSteps(scenario, "http://127.0.0.1:8080", { data: ".wadi/demo", once }, recordedOutput())[0];

test("after the stream it is said whether Wadi is still up, and how to have it up again where it is not", () => {
  expect(first(false)).toBe("Wadi stays up until Ctrl-C. Try, in another terminal:");
  expect(first(true)).toMatch(/^Wadi has stopped\. Start it on this data with \S+ start --data \.wadi\/demo; then try/);
});
