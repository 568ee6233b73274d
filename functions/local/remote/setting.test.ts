import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigurationError } from "../../lib/errors.ts";
import { startHere } from "../wadi-under-test.contract.ts";
import { readSteps, showUrl } from "./setting.ts";

test.each([
  ["http://host:9000", "http://host:9000/validate", "http://host:9000/learn"],
  [
    "https://host/api/v1/web/ns/wadi/",
    "https://host/api/v1/web/ns/wadi/validate",
    "https://host/api/v1/web/ns/wadi/learn",
  ],
  ["http://{step}.default.example.com/", "http://validate.default.example.com/", "http://learn.default.example.com/"],
  ["https://host/{step}?code=a,b=c", "https://host/validate?code=a,b=c", "https://host/learn?code=a,b=c"],
  ["http://host/steps?key=1", "http://host/steps/validate?key=1", "http://host/steps/learn?key=1"],
])("%s names all four: by {step}, else by its name behind the path", (text, validate, learn) => {
  const { urls } = readSteps(text);

  expect([...urls.keys()]).toEqual(["validate", "featurize", "predict", "learn"]);
  expect([urls.get("validate"), urls.get("learn")]).toEqual([validate, learn]);
});

test("some of them by URL, each at that very URL", () => {
  const { urls } = readSteps(" validate=http://host:1/a,b,learn=https://{step}:2/ ");

  expect([...urls]).toEqual([
    ["validate", "http://host:1/a,b"],
    ["learn", "https://learn:2/"],
  ]);
});

test.each([
  ["ftp://host/", "write http"],
  ["host:8080", "write http"],
  ["validat=http://host/", "write http"],
  ["learn=host", "no http address for learn"],
  ["validate=http://host/,learn=host", "no http address for learn"],
  ["http://host/,learn=http://host/", "neither an address nor a list"],
  ["validate=http://host/, lern=http://host/", "write http"],
  ["learn=http://a/,learn=http://b/", "names learn twice"],
  ["https://me:se/cret@host/", "write @ as %40"],
])("%s is refused with the cure, and no password is shown", (text, cure) => {
  expect(() => readSteps(text)).toThrow(ConfigurationError);
  expect(() => readSteps(text)).toThrow(cure);
  expect(() => readSteps(text)).not.toThrow(/cret/);
});

test("headers come from the environment or a file; a wrong one is refused by its line, without its value", () => {
  const folder = mkdtempSync(join(tmpdir(), "wadi-headers-"));
  const file = join(folder, "headers");
  writeFileSync(file, "X-Require-Whisk-Auth: hidden\n\nAuthorization:  Basic aGk=\n");

  expect(readSteps("http://host", `@${file}`).headers).toEqual({
    "x-require-whisk-auth": "hidden",
    authorization: "Basic aGk=",
  });
  for (const [text, why] of [
    ["hidden", /line 1 is no header/],
    ["A: b\nB hidden", /line 2 is no header/],
    ["A: hidden\na: hidden", /line 2: a is there twice/],
    ["ce-id: hidden", /ce-id belongs to the event/],
    ["Host: hidden", /host belongs to the event or the connection/],
    ["A: hidd\u0007en", /line 1 is no header/],
    [`@${folder}/none`, /cannot be read.*correct the path/],
  ] as const) {
    expect(() => readSteps("http://host", text)).toThrow(why);
    expect(() => readSteps("http://host", text)).not.toThrow(/hidd/);
  }
  rmSync(folder, { recursive: true });
});

test("what people see of an address has no user, password or query", () => {
  expect(showUrl("https://me:hidden@host:1/a/learn?code=hidden#x")).toBe("https://host:1/a/learn");
});

test("steps elsewhere that keep state need a store that both can reach; validate keeps none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wadi-store-"));
  const start = (steps: string) => startHere(folder, { steps: readSteps(steps) });

  await expect(start("learn=http://127.0.0.1:9/")).rejects.toThrow(/learn.*--redis redis:\/\//s);
  const wadi = await start("validate=http://127.0.0.1:9/");
  await wadi.stop();
  rmSync(folder, { recursive: true });
});
