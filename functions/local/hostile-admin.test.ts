// The admin API under requests that nobody should send, with its token and without: each is refused with a reason, nothing
// is changed, and the token is not given away.

import { afterEach, expect, test } from "vitest";
import { operations } from "../admin/operations.ts";
import { exchange } from "./raw-exchange.contract.ts";
import { cleanUp, observation, post, spawnWadi, temporaryFolder } from "./wadi-under-test.contract.ts";

afterEach(cleanUp);

const TOKEN = "hostile-test-token-0123456789abcdef";
const BEARER = `authorization: Bearer ${TOKEN}\r\n`;
const NONE = "ce-n: 1\r\n";

function request(start: string, headers: string, body = ""): Buffer {
  const length = Buffer.byteLength(body, "latin1");
  const head = `${start} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${headers}`;
  return Buffer.from(`${head}content-length: ${length}\r\n\r\n${body}`, "latin1");
}

const paths = operations.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, "1")}`);
const AUTHORIZATIONS = [
  NONE,
  "authorization: \r\n",
  "authorization: Bearer\r\n",
  "authorization: Bearer \r\n",
  `authorization: Bearer ${TOKEN.slice(0, -1)}\r\n`,
  `authorization: Bearer ${TOKEN}x\r\n`,
  `authorization: Basic ${TOKEN}\r\n`,
  `authorization: ${TOKEN}\r\n`,
  `authorization: Bearer ${"x".repeat(8000)}\r\n`,
  "authorization: Bearer \xff\xfe\r\n",
  `x-authorization: Bearer ${TOKEN}\r\n`,
  `cookie: token=${TOKEN}\r\n`,
];
const strangers = AUTHORIZATIONS.flatMap((headers) => [
  ...paths.map((start) => request(start, headers)),
  ...paths.map((start) => request(`${start}?token=${TOKEN}`, headers)),
]);

const QUERIES = [
  "limit=-1",
  "limit=0",
  "limit=1e9",
  "limit=x",
  "limit=1.5",
  "limit=1&limit=2",
  "limit=%zz",
  "no-such=1",
];
const MORE_QUERIES = ["__proto__=1", "constructor=1", `after=${"x".repeat(3000)}`, "history=-1", "%00=1"];
const badQueries = ["GET /api/v1/models", "GET /api/v1/dead-letters"].flatMap((start) =>
  [...QUERIES, ...MORE_QUERIES].map((query) => request(`${start}?${query}`, BEARER)),
);
const NAMES = [
  "x",
  "-1",
  "0",
  "1.5",
  "1e99",
  "99999999999999999999",
  "__proto__",
  "%00",
  "%zz",
  "%ff",
  "..%2f..",
  "x".repeat(5000),
];
const badNames = NAMES.flatMap((name) =>
  [`models/${name}`, `dead-letters/${name}`, `observations/${name}/1`, `observations/flights/${name}`, `${name}`].map(
    (path) => request(`GET /api/v1/${path}`, BEARER),
  ),
);
const BODIES = [
  "",
  "{",
  "null",
  "1",
  "[]",
  "{}",
  '{"all":"yes"}',
  '{"all":1}',
  '{"numbers":[]}',
  '{"numbers":"all"}',
  '{"numbers":["1"]}',
  '{"numbers":[-1]}',
  '{"numbers":[0.5]}',
  '{"since":"now"}',
  '{"since":1e999,"all":true}',
  '{"limit":-1,"all":true}',
  '{"all":true,"more":1}',
  '{"__proto__":{"all":true}}',
  '{"constructor":{"all":true}}',
  `{"all":true,"step":${"[".repeat(5000)}${"]".repeat(5000)}}`,
  `{"numbers":[${"1,".repeat(1500)}1]}`,
  `{"all":true,"step":"${"x".repeat(70_000)}"}`,
  "\xff\xfe",
];
const badBodies = BODIES.flatMap((body) =>
  ["POST /api/v1/dead-letters/redrive", "POST /api/v1/dead-letters/drop"].map((start) => request(start, BEARER, body)),
);
const METHODS = ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"];
const badMethods = METHODS.flatMap((method) => paths.map((start) => request(start.replace(/^\w+/, method), BEARER)));

test("what nobody should send to the admin API is refused with a reason, and no dead letter is touched", async () => {
  const wadi = await spawnWadi(temporaryFolder(), { adminToken: TOKEN });
  for (let i = 0; i < 3; i++) await post(wadi.url, { ...observation(i, true), data: { distance: "far" } });
  await wadi.outcome();

  const odd: string[] = [];
  for (const [group, requests] of Object.entries({ strangers, badQueries, badNames, badBodies, badMethods })) {
    for (const bytes of requests) {
      const answer = await exchange(wadi.adminPort, bytes);
      const told = `${group}: ${JSON.stringify(bytes.toString("latin1").slice(0, 160))}`;
      if (typeof answer === "string") odd.push(`${answer} ${told}`);
      else if (answer.status < 400 || answer.status > 499) odd.push(`${answer.status} ${told}`);
      else if (!/"(detail|message)":"[^"]/.test(answer.body)) odd.push(`no reason ${told}`);
      else if (group === "strangers" && answer.status !== 401) odd.push(`${answer.status} ${told}`);
      if (typeof answer === "object" && (answer.head + answer.body).includes(TOKEN)) odd.push(`the token ${told}`);
    }
  }

  expect(odd).toEqual([]);
  expect(await wadi.outcome()).toMatchObject({ count: 0, deadLetters: 3 });
  expect(wadi.log()).not.toMatch(/"level":"error"|[Uu]nhandled/);
  expect(wadi.log()).not.toContain(TOKEN);
}, 60_000);
