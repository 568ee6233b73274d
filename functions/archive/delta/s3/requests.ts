// Signed requests to a store of objects. Each has an end: with what the store answered, or with an error that has a cure.

import { createHash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import type { Clock } from "../../../lib/clock.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { pause } from "../../../lib/pause.ts";
import { refusalOf, silenceOf } from "./failure.ts";
import type { S3Place } from "./place.ts";

export interface Limits {
  /** Until an answer begins; for each MB that is sent a second more. */
  readonly answerMs: number;
  /** From then on, for the content of one object. */
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

/** Of one object, or of one page of a list. */
const MAX_BYTES = 1024 * 2 ** 20;
const MAX_ERROR_BYTES = 64 * 1024;
const MB = 2 ** 20;

export interface Requests {
  /** @throws UnavailableError; ConfigurationError for what a new start has to change. */
  send(call: Call): Promise<Answer>;
  /** Whatever is under way ends with an error. */
  close(): void;
}

export function createRequests(place: S3Place, clock: Clock, limits: Limits): Requests {
  const client = new AwsClient({ ...place.credentials, region: place.region, service: "s3" });
  const closing = new AbortController();

  async function attempt(call: Call): Promise<Omit<Answer, "isUnsure"> | Error> {
    const { method, key, query = {}, body } = call;
    const path = key === undefined ? "" : `/${key.split("/").map(encodePart).join("/")}`;
    const search = Object.entries(query)
      .map(([name, value]) => `${name}=${encodePart(value)}`)
      .join("&");
    const answerMs = limits.answerMs + Math.ceil((body?.length ?? 0) / MB) * 1000;
    const late = new AbortController();
    const end = () => late.abort(new DOMException("no answer in time", "TimeoutError"));
    let cancel = clock.after(answerMs, end);
    try {
      const request = await client.sign(`${place.url}${path}${search === "" ? "" : `?${search}`}`, {
        method,
        headers: { ...call.headers, "x-amz-content-sha256": sha256(body) },
        // A redirect would take the signature elsewhere.
        redirect: "manual",
        signal: AbortSignal.any([late.signal, closing.signal]),
        ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> }),
      });
      const response = await fetch(request);
      cancel();
      cancel = clock.after(limits.contentMs, end);
      const most = call.takes.includes(response.status) ? MAX_BYTES : MAX_ERROR_BYTES;
      return { status: response.status, headers: response.headers, body: await readBody(response, most, place.where) };
    } catch (error) {
      return error instanceof ConfigurationError ? error : silenceOf(place.where, error, answerMs);
    } finally {
      cancel();
    }
  }

  async function send(call: Call): Promise<Answer> {
    let isUnsure = false;
    for (let attempts = 0; ; attempts++) {
      const outcome = await attempt(call);
      if (!(outcome instanceof Error) && call.takes.includes(outcome.status)) return { ...outcome, isUnsure };
      const error = outcome instanceof Error ? outcome : refusalOf(place.where, refusal(outcome));
      const status = outcome instanceof Error ? undefined : outcome.status;
      const pauseMs = limits.pausesMs[attempts];
      const isLast = pauseMs === undefined || closing.signal.aborted;
      if (error instanceof ConfigurationError || !mayPass(status) || isLast) throw error;
      isUnsure ||= status === undefined || status >= 500;
      await pause(pauseMs, clock, closing.signal);
    }
  }

  return { send, close: () => closing.abort() };
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

/** The signature is of this form, too, and not every store brings what it gets into it. */
function encodePart(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(body: Uint8Array = Buffer.alloc(0)): string {
  return createHash("sha256").update(body).digest("hex");
}
