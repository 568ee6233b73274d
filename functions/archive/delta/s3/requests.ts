// Signed requests to a store of objects. Each has an end: with what the store answered, or with an error that has a cure.

import { createHash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import type { Clock } from "../../../lib/clock.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { refusalOf, silenceOf } from "./failure.ts";
import type { S3Place } from "./place.ts";

export interface Limits {
  /** For an answer without content; for each MB that is sent a second more. */
  readonly answerMs: number;
  /** For the content of one object. */
  readonly contentMs: number;
  /** Before the second attempt, the third and so on. */
  readonly pausesMs: readonly number[];
}

export const LIMITS: Limits = { answerMs: 10_000, contentMs: 120_000, pausesMs: [200, 1000] };

export interface Call {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  /** The whole key; absent: the bucket. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Statuses that are answers; any other one is an error. */
  readonly takes: readonly number[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** An attempt before this answer may have been carried out, too. */
  readonly isUnsure: boolean;
}

export type Send = (call: Call) => Promise<Answer>;

/** Of one object, or of one page of a list. */
const MAX_BYTES = 1024 * 2 ** 20;
const MAX_ERROR_BYTES = 64 * 1024;
const MB = 2 ** 20;

/** `send` throws UnavailableError, and ConfigurationError for what a new start has to change. */
export function createSend(place: S3Place, clock: Clock, limits: Limits): Send {
  const client = new AwsClient({ ...place.credentials, region: place.region, service: "s3" });

  async function attempt(call: Call): Promise<Omit<Answer, "isUnsure"> | Error> {
    const { method, key, query = {}, body } = call;
    const path = key === undefined ? "" : `/${key.split("/").map(encodePart).join("/")}`;
    const search = new URLSearchParams(query).toString();
    const limitMs = method === "GET" ? limits.contentMs : limits.answerMs + Math.ceil((body?.length ?? 0) / MB) * 1000;
    const request = await client.sign(`${place.url}${path}${search === "" ? "" : `?${search}`}`, {
      method,
      headers: { ...call.headers, "x-amz-content-sha256": sha256(body) },
      // A redirect would take the signature elsewhere.
      redirect: "manual",
      signal: AbortSignal.timeout(limitMs),
      ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> }),
    });
    try {
      const response = await fetch(request);
      const most = call.takes.includes(response.status) ? MAX_BYTES : MAX_ERROR_BYTES;
      return { status: response.status, headers: response.headers, body: await readBody(response, most, place.where) };
    } catch (error) {
      return error instanceof ConfigurationError ? error : silenceOf(place.where, error, limitMs);
    }
  }

  return async (call) => {
    let isUnsure = false;
    for (let attempts = 0; ; attempts++) {
      const outcome = await attempt(call);
      if (!(outcome instanceof Error) && call.takes.includes(outcome.status)) return { ...outcome, isUnsure };
      const error = outcome instanceof Error ? outcome : refusalOf(place.where, refusal(outcome));
      const status = outcome instanceof Error ? undefined : outcome.status;
      const pauseMs = limits.pausesMs[attempts];
      if (error instanceof ConfigurationError || !mayPass(status) || pauseMs === undefined) throw error;
      isUnsure ||= status === undefined || status >= 500;
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
    }
  };
}

/** 409: another conditional write of the same key is under way. */
function mayPass(status: number | undefined): boolean {
  return status === undefined || status === 409 || status === 429 || status >= 500;
}

function refusal({ status, headers, body }: Pick<Answer, "status" | "headers" | "body">) {
  const [, code = ""] = /<Code>([A-Za-z0-9.]{1,60})<\/Code>/.exec(body.toString("utf8")) ?? [];
  const [region = ""] = /^[a-z0-9-]{1,40}$/.exec(headers.get("x-amz-bucket-region") ?? "") ?? [];
  return { status, code, region };
}

async function readBody(response: Response, most: number, where: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > most)
      throw new ConfigurationError(
        `${where} holds an object of more than ${most} bytes, which no archive has; remove it`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The signature is of this form, too. */
function encodePart(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(body: Uint8Array = Buffer.alloc(0)): string {
  return createHash("sha256").update(body).digest("hex");
}
