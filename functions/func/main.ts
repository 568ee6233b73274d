// A step as a function of Knative's `func`, under its runtime for JavaScript (faas-js-runtime), which hands over each request as
// a context and answers with what is returned.
//
//   U1  The event is read from the request, not from the CloudEvent that the runtime made of it: numbers, bytes and attributes
//       are as they were sent.
//   U2  Each answer is the step's own table and bears the step's mark.

import { systemClock } from "../lib/clock.ts";
import { type Env, readStepConfig } from "../lib/config.ts";
import { asError, UnavailableError } from "../lib/errors.ts";
import { readEvent, writeEvent } from "../lib/events/codec.ts";
import type { Event, StepName } from "../lib/events/vocabulary.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { markOf } from "../lib/serve/mark.ts";
import type { Open, OpenedStep } from "../lib/serve/opened.ts";
import { type Answer, answerOfError } from "../lib/serve/status.ts";
import { createStep, type Step } from "../lib/serve/step.ts";
import { createLog } from "../lib/telemetry/log.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";

/** What is taken of the runtime's context. */
export interface Request {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As the runtime parsed it: bytes, a text, or what JSON stands for. */
  readonly body?: unknown;
  /** The text of a JSON body, where FUNC_INCLUDE_RAW is set. */
  readonly rawBody?: unknown;
}

export interface Response {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string | Buffer;
}

export interface FuncStep {
  /** Before the runtime listens. @throws ConfigurationError for settings that are wrong; UnavailableError. */
  init(): Promise<void>;
  /** Never rejects. */
  handle(request: Request): Promise<Response>;
  /** For the runtime's check of readiness: what is away, and the cure. */
  readiness(): Promise<string>;
  shutdown(): Promise<void>;
}

export interface FuncOptions {
  readonly name: StepName;
  readonly open: Open;
  readonly env: Env;
  /** Of the pipeline files, unless WADI_PIPELINES names another. */
  readonly pipelinesFolder: string;
}

interface Running {
  readonly opened: OpenedStep;
  readonly step: Step;
}

export function createFunction({ name, open, env, pipelinesFolder }: FuncOptions): FuncStep {
  let running: Running | undefined;

  async function start(): Promise<Running> {
    const config = readStepConfig({ ...env, WADI_PIPELINES: env["WADI_PIPELINES"] || pipelinesFolder });
    const log = createLog(config.logLevel, name);
    const telemetry = createTelemetry();
    // Who has a Broker deliver to a function has Knative's.
    const settings = { ...config, namesMaySpoil: true };
    const tools = { pipelines: loadPipelines(config.pipelinesFolder), clock: systemClock, telemetry, log, settings };
    const opened = await open(tools, config);
    await opened.prepare?.();
    const { queueBound } = config;
    const step = createStep({ name, handle: opened.handle, clock: systemClock, log, telemetry, queueBound });
    return { opened, step };
  }

  async function answer(request: Request): Promise<Answer> {
    try {
      if (running === undefined) throw new UnavailableError("not-started", `${name} has not been started; send again`);
      return await running.step.answer(eventOf(request));
    } catch (error) {
      return answerOfError(error);
    }
  }

  return {
    async init() {
      running = await start();
    },
    handle: async (request) => responseOf(name, await answer(request)),
    async readiness() {
      const away = running?.opened.check().then(() => undefined, asError);
      return (await away)?.message ?? "OK";
    },
    async shutdown() {
      await running?.opened.close?.();
    },
  };
}

/** U1. @throws MalformedEventError and what readEvent throws. */
function eventOf({ headers, body, rawBody }: Request): Event {
  const given = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [name, value] : (value ?? []).flatMap((one) => [name, one]),
  );
  return readEvent(given, bytesOf(body, rawBody));
}

function bytesOf(body: unknown, rawBody: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (typeof rawBody === "string") return Buffer.from(rawBody);
  if (typeof body === "string") return Buffer.from(body);
  return Buffer.from(body === undefined || body === null ? "" : JSON.stringify(body));
}

function responseOf(name: StepName, { status, headers, body = "", event }: Answer): Response {
  const written = event === undefined ? { headers: {}, body } : writeEvent(event);
  return {
    statusCode: status,
    headers: { ...headers, ...(written.headers as Record<string, string>), ...markOf(name) },
    body: written.body as string | Buffer,
  };
}
