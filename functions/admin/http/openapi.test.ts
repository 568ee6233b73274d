import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { acts } from "../operation.ts";
import { operations } from "../operations.ts";
import { openApiDocument } from "./openapi.ts";

interface Document {
  readonly openapi: string;
  readonly security: unknown;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Entry>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

interface Entry {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: unknown;
  readonly security?: unknown;
}

/** As it goes out. */
const document = JSON.parse(JSON.stringify(openApiDocument("1.2.3"))) as Document;

test("the document is sound OpenAPI 3.1, by a validator that is not ours", async () => {
  const validator = new Validator();

  const result = await validator.validate(document as never);

  expect(result, JSON.stringify(result)).toMatchObject({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("the validator refuses a document that is not sound", async () => {
  const broken = { ...document, paths: { nowhere: { get: { responses: {} } } } };

  expect((await new Validator().validate(broken as never)).valid).toBe(false);
});

test("each operation of the table is in it, with all its parameters", () => {
  const names = Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => one.operationId));

  expect(names.sort()).toEqual([...operations.map(({ name }) => name), "changes"].sort());
  for (const { path, method, query, body } of operations) {
    const entry = document.paths[path]?.[method.toLowerCase()];
    const inPath = (entry?.parameters ?? []).filter((one) => one.in === "path");
    const inQuery = (entry?.parameters ?? []).filter((one) => one.in === "query");
    expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    expect(inPath.every(({ required }) => required === true)).toBe(true);
    expect(inQuery.map(({ name }) => name)).toEqual(
      Object.keys((query as { properties?: object } | undefined)?.properties ?? {}),
    );
    expect(entry?.requestBody !== undefined).toBe(body !== undefined);
  }
});

test("what acts is not for the token to look with, and all else is for either", () => {
  for (const operation of operations) {
    const entry = document.paths[operation.path]?.[operation.method.toLowerCase()];
    expect(entry?.security, operation.name).toEqual(acts(operation) ? [{ token: [] }] : undefined);
  }
  expect(document.security).toEqual([{ token: [] }, { viewToken: [] }]);
});

test("what it refers to is there, and nothing is there that nothing refers to but the data of the changes", () => {
  const text = JSON.stringify(document);
  const referred = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name as string));

  const defined = Object.keys(document.components.schemas);

  expect([...referred].filter((name) => !defined.includes(name))).toEqual([]);
  expect(defined.filter((name) => !referred.has(name))).toEqual(["ModelChange", "DeadLetterSummary"]);
});
