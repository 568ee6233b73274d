// Against a server that answers as registries do, and as they should not.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { RejectedError, UnavailableError } from "../../errors.ts";
import { fetchSchema } from "./schema-registry.ts";

async function registryOf(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function failure(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => new Error("it was taken"),
    (error: Error) => error,
  );
}

test("the text of a schema is what the registry has under its id", async () => {
  const registry = await registryOf(200, JSON.stringify({ schema: '{"type":"string"}' }));

  expect(await fetchSchema(`${registry}//`, 7)).toBe('{"type":"string"}');
});

describe("it is refused that", () => {
  test.each([
    ["there is no such schema", 404, "{}", "unknown-schema", /has no schema 7; register it, .* and redrive the record/],
    ["it is another language", 200, '{"schema":"syntax","schemaType":"PROTOBUF"}', "unsupported-schema", /PROTOBUF/],
    ["it refers to others", 200, '{"schema":"{}","references":[{"name":"a"}]}', "unsupported-schema", /refers to/],
  ])("%s", async (_title, status, body, code, text) => {
    const error = await failure(fetchSchema(await registryOf(status, body), 7));

    expect(error).toBeInstanceOf(RejectedError);
    expect((error as RejectedError).code).toBe(code);
    expect(error.message).toMatch(text);
  });
});

describe("for now, it cannot be had where", () => {
  test.each<[string, number, string, Record<string, string>, RegExp]>([
    ["it fails", 500, "oops", {}, /it answers 500/],
    ["it wants a password", 401, "", {}, /it answers 401/],
    ["it answers no JSON", 200, "<html>", {}, /no JSON/],
    ["it answers a list", 200, "[]", {}, /has no schema/],
    ["it answers null", 200, "null", {}, /no JSON object/],
    ["it sends elsewhere", 302, "", { location: "http://127.0.0.1:1/" }, /redirect/],
    ["it never ends", 200, "x".repeat(1024 * 1024 + 1), {}, /more than 1048576 bytes/],
  ])("%s", async (_title, status, body, headers, text) => {
    const error = await failure(fetchSchema(await registryOf(status, body, headers), 7));

    expect(error).toBeInstanceOf(UnavailableError);
    expect(error.message).toMatch(text);
  });

  test("nobody listens", async () => {
    const error = await failure(fetchSchema("http://127.0.0.1:1", 7));

    expect(error).toBeInstanceOf(UnavailableError);
    expect(error.message).toMatch(/127.0.0.1:1\/schemas\/ids\/7: .*(ECONNREFUSED|bad port)/);
  });
});
