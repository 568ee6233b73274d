// What nobody should send. Each is wrong in one way at least, so none of it may be learned.

import fc from "fast-check";
import { DOORS, LINE, type Make, numbered, post, request } from "./hostile-bytes.contract.ts";
import { badBodies, badHeaders, structured } from "./hostile-events.contract.ts";

const INFER = [
  "",
  "{",
  "[]",
  "null",
  "1",
  "{}",
  '{"inputs":1}',
  '{"inputs":[]}',
  '{"inputs":[1]}',
  '{"inputs":{"x":1},"id":7}',
  '{"inputs":{"x":1},"id":""}',
  '{"inputs":{"x":1},"id":{"a":1}}',
  '{"inputs":{"x":1},"id":"a\\u0000b"}',
  '{"inputs":{"x":1},"id":"\\ud800"}',
  `{"inputs":{"x":1},"id":"${"x".repeat(1025)}"}`,
  `{"inputs":{"x":1},"id":"${"\u20ac".repeat(400)}"}`,
  '{"inputs":{"x":"1"},"id":"a"}',
  '{"inputs":{"x":1},"outputs":[{"name":"__proto__"}]}',
  '{"inputs":{"x":1},"outputs":{}}',
  '{"inputs":{"x":1},"parameters":{"__proto__":1}}',
  '{"inputs":{"x":1},"parameters":{"binary_data_output":1}}',
  '{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","parameters":{"binary_data_size":8}}]}\u0000\u0000',
  '{"inputs":{"x":1},"more":1}',
  '{"inputs":{"x":"1"}}',
  '{"inputs":{"x":1e999}}',
  '{"inputs":{"x":1,"__proto__":{}}}',
  '{"inputs":{"__proto__":{"x":1}}}',
  '{"inputs":[{"name":"x","shape":[2],"datatype":"FP64","data":[1]}]}',
  '{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":["1"]}]}',
  '{"inputs":[{"name":"__proto__","shape":[1],"datatype":"FP64","data":[1]}]}',
  `{"inputs":[${'{"x":1},'.repeat(1000)}{"x":1}]}`,
  `{"inputs":${"[".repeat(1000)}${"]".repeat(1000)}}`,
];
/** Of where the JSON ends, for bodies that are wrong wherever it does. */
const JSON_LENGTHS = [undefined, "", "0", "1", "9", "-1", "1e1", "9, 9", "9".repeat(400)];
const infer = fc
  .tuple(
    fc.constantFrom("line", "flights", "nobody", "__proto__", "%00", "%2e%2e"),
    fc.constantFrom(...INFER),
    fc.constantFrom(...JSON_LENGTHS),
  )
  .map(([pipeline, body, length]): Make => {
    const headers: [string, string][] = [["host", "localhost"]];
    if (length !== undefined) headers.push(["inference-header-content-length", length]);
    return () => ({
      what: "a request to infer",
      bytes: request(`POST /v2/models/${pipeline}/infer HTTP/1.1`, headers, body),
    });
  });

const GOOD = (n: number) => post("/", n, LINE, '{"x":1}').toString("latin1");
/** The protocol itself, spoilt. */
const WIRE: readonly ((n: number) => string)[] = [
  () => "nonsense\r\n\r\n",
  () => "\u0000\u0001\u0002\r\n\r\n",
  () => "GET /\r\n\r\n",
  () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
  () => "POST / HTTP/9.9\r\nhost: localhost\r\n\r\n",
  () => "BREW / HTTP/1.1\r\nhost: localhost\r\n\r\n",
  () => "POST  / HTTP/1.1\r\nhost: localhost\r\n\r\n",
  () => `POST /${"x".repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
  () => "POST /%zz HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n",
  () => "POST /v2/models/%ff/infer HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n",
  () => "POST /../../etc/passwd HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n",
  () => "CONNECT a:80 HTTP/1.1\r\nhost: localhost\r\n\r\n",
  (n) => GOOD(n).replace("host: localhost\r\n", ""),
  (n) => GOOD(n).replace("host: localhost\r\n", "host: localhost\r\nhost: b\r\n").replace("line", "nobody"),
  (n) => GOOD(n).replace("host: localhost", "no colon"),
  (n) => GOOD(n).replace("host: localhost", "host: localhost\r\nbad name: 1"),
  (n) => GOOD(n).replace("host: localhost", "host: localhost\r\nce-note: a\u0000b"),
  (n) => GOOD(n).replace("host: localhost", "host: localhost\r\nce-note: a\rb"),
  (n) => GOOD(n).replace("host: localhost", "host: localhost\r\n : "),
  (n) => GOOD(n).replace("host: localhost", `host: localhost\r\n${"h: 1\r\n".repeat(4000)}h: 1`),
  (n) => GOOD(n).replace("host: localhost", "host: localhost\r\nexpect: miracles"),
  (n) => GOOD(n).replace(/content-length: \d+/, "content-length: x"),
  (n) => GOOD(n).replace(/content-length: \d+/, "content-length: -1"),
  (n) => GOOD(n).replace(/content-length: \d+/, "content-length: 7\r\ncontent-length: 8"),
  (n) => GOOD(n).replace(/content-length: \d+/, "content-length: 7\r\ntransfer-encoding: chunked"),
  (n) => GOOD(n).replace(/content-length: \d+/, "transfer-encoding: chunked"),
  (n) => GOOD(n).replace(/content-length: \d+/, "transfer-encoding: gzip, chunked\r\ntransfer-encoding: x"),
  (n) => GOOD(n).replace(/content-length: \d+/, `content-length: ${"9".repeat(30)}`),
  (n) => GOOD(n).replace(/content-length: \d+/, "content-length: 99999999999"),
  (n) => GOOD(n).replace(/content-length: \d+/, "content-length: 999999\r\nexpect: 100-continue"),
  (n) =>
    GOOD(n).replace(
      /content-length: \d+\r\n\r\n.*/,
      `transfer-encoding: chunked\r\n\r\n1;${"e".repeat(20_000)}\r\n{\r\n`,
    ),
  (n) =>
    GOOD(n).replace(/content-length: \d+\r\n\r\n.*/, "transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{\r\n"),
  (n) => GOOD(n).replace(/content-length: \d+\r\n\r\n.*/, "transfer-encoding: chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n"),
];
const METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];
const PATHS = ["/", "/validate", "/featurize", "/predict", "/learn", "/v2/models/line/infer", "/nowhere"];
const wire = fc.oneof(
  fc.constantFrom(...WIRE).map(
    (make): Make =>
      (n) => ({ what: "the protocol", bytes: Buffer.from(make(n), "latin1") }),
  ),
  fc.tuple(fc.constantFrom(...METHODS), fc.constantFrom(...PATHS)).map(
    ([method, path]): Make =>
      (n) => ({ what: `${method} ${path}`, bytes: request(`${method} ${path} HTTP/1.1`, numbered(n, LINE), "") }),
  ),
  // A line of noise is no request.
  fc.uint8Array({ minLength: 1, maxLength: 100 }).map(
    (noise): Make =>
      () => ({ what: "noise", bytes: Buffer.concat([Buffer.from("~"), Buffer.from(noise), Buffer.from("\r\n\r\n")]) }),
  ),
);

const oversize = fc
  .tuple(fc.constantFrom(...DOORS, "/v2/models/line/infer"), fc.integer({ min: 262_145, max: 400_000 }))
  .map(
    ([path, size]): Make =>
      (n) => ({ what: `${size} bytes`, bytes: post(path, n, LINE, Buffer.alloc(size, 0x20)) }),
  );

/** Half a request, from the first byte to the last but one. */
const cut = fc.integer({ min: 1, max: 999 }).map(
  (share): Make =>
    (n) => {
      const whole = post("/", n, LINE, '{"x":"1"}');
      return {
        what: "cut",
        cut: true,
        bytes: whole.subarray(0, Math.max(1, Math.floor((whole.length * share) / 1000) - 1)),
      };
    },
);

/** From most to least of them, as many clients would. */
export const hostileRequests: fc.Arbitrary<Make> = fc.oneof(
  { weight: 30, arbitrary: badBodies },
  { weight: 30, arbitrary: badHeaders },
  { weight: 15, arbitrary: structured },
  { weight: 8, arbitrary: infer },
  { weight: 12, arbitrary: wire },
  { weight: 1, arbitrary: oversize },
  { weight: 4, arbitrary: cut },
);
