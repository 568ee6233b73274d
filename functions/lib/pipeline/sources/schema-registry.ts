// Schemas by their ids from a registry of Confluent's interface. https://docs.confluent.io/platform/current/schema-registry/develop/api.html

import type { Clock } from "../../clock.ts";
import { asError, RejectedError, UnavailableError } from "../../errors.ts";
import type { RegistrySchemas } from "./options.ts";
import type { TopicRecord } from "./record.ts";

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1024 * 1024;
const MISSING_CURE = "register it, or wait until this registry has it, and redrive the record";

/** One request for each schema, however many records wait for it. */
const underWay = new WeakMap<RegistrySchemas, Map<number, Promise<void>>>();

/**
 * Fetches the schema that this record was written under, or the reason why there is none, unless it is known.
 * @throws UnavailableError where the registry cannot be had now.
 */
export async function fetchWanted(registry: RegistrySchemas, record: TopicRecord, clock: Clock): Promise<void> {
  const id = registry.wanted(record, clock.now());
  if (id === undefined) return;
  const requests = underWay.get(registry) ?? new Map<number, Promise<void>>();
  underWay.set(registry, requests);
  const request = requests.get(id) ?? fetchAndTell(registry, id, clock).finally(() => requests.delete(id));
  requests.set(id, request);
  await request;
}

async function fetchAndTell(registry: RegistrySchemas, id: number, clock: Clock): Promise<void> {
  const found = await fetchSchema(registry.url, id).catch((error: unknown) => {
    if (error instanceof RejectedError) return error;
    throw error;
  });
  registry.tell(id, found, clock.now());
}

/**
 * The text of an Avro schema.
 * @throws UnavailableError where the registry cannot be had now; RejectedError for an id it has not, or another language.
 */
export async function fetchSchema(registry: string, id: number): Promise<string> {
  const url = `${registry.replace(/\/+$/, "")}/schemas/ids/${id}`;
  const { status, text } = await get(url);
  if (status === 404)
    throw new RejectedError("unknown-schema", `the registry ${registry} has no schema ${id}; ${MISSING_CURE}`);
  if (status !== 200) throw away(url, `it answers ${status}`);
  const { schema, schemaType = "AVRO", references } = parsed(text, url);
  if (typeof schema !== "string") throw away(url, "its answer has no schema");
  if (schemaType !== "AVRO") {
    throw new RejectedError("unsupported-schema", `schema ${id} is ${String(schemaType)}, and Avro is read here`);
  }
  if (Array.isArray(references) && references.length > 0) {
    throw new RejectedError("unsupported-schema", `schema ${id} refers to others, which is not supported`);
  }
  return schema;
}

async function get(url: string): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(url, {
      headers: { accept: "application/vnd.schemaregistry.v1+json, application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_BYTES) throw new Error(`its answer has more than ${MAX_BYTES} bytes`);
    }
    return { status: response.status, text };
  } catch (error) {
    throw away(url, asError((error as Error).cause ?? error).message, error);
  }
}

function parsed(text: string, url: string): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === "object" && answer !== null) return answer as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw away(url, "its answer is no JSON", error);
  }
  throw away(url, "its answer is no JSON object");
}

function away(url: string, problem: string, cause?: unknown): UnavailableError {
  return new UnavailableError("registry-unavailable", `the schema registry cannot be had: ${url}: ${problem}`, {
    cause,
  });
}
