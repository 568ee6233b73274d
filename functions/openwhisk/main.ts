// A step as an action of Apache OpenWhisk: a raw web action, called with one event and answering with the step's own table.
// https://github.com/apache/openwhisk/blob/master/docs/webactions.md
//
//   A1  Each answer bears the step's mark: what has none is the platform speaking.
//   A2  Settings are the parameters that the action was deployed with. Where they are wrong each answer says so, and the next
//       run reads them again: an action has no start that could fail.
//   A3  What a run opened is kept for the next one in the same container; no timer of it keeps the process busy.
//   A4  A result that the platform would cut is refused instead, and so is an event that the next action could not take.

import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { readStepConfig } from "../lib/config.ts";
import {
  asError,
  ConfigurationError,
  ContentCodingError,
  MalformedEventError,
  RejectedError,
  TooLargeError,
} from "../lib/errors.ts";
import { readEvent, writeEvent } from "../lib/events/codec.ts";
import { MAX_DOOR_BODY_BYTES } from "../lib/events/derive.ts";
import type { Event, StepName } from "../lib/events/vocabulary.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { markOf } from "../lib/serve/mark.ts";
import type { Open } from "../lib/serve/opened.ts";
import { type Answer, answerOfError } from "../lib/serve/status.ts";
import { createStep, type Step } from "../lib/serve/step.ts";
import { createLog } from "../lib/telemetry/log.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { bodyOf } from "./body.ts";

/** What the platform passes: the request, and the parameters that the action was deployed with. */
export type Arguments = Readonly<Record<string, unknown>>;

export interface Result {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Action = (args: Arguments) => Promise<Result>;

export interface ActionOptions {
  readonly name: StepName;
  readonly open: Open;
  /** Where the action's files are: its pipelines are below. */
  readonly folder: string;
}

/** The platform takes 1 MiB of parameters, and hands the data of an event over as base64, with its headers. */
const MAX_EVENT_BYTES = 700 * 1024;
/** The platform takes 1 MiB of result, with what it adds. */
const MAX_RESULT_BYTES = 1024 * 1024 - 8192;

const clock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};

export function createAction({ name, open, folder }: ActionOptions): Action {
  let opened: Promise<Step> | undefined;

  async function start(args: Arguments): Promise<Step> {
    let log = createLog("info", name);
    try {
      const config = readStepConfig({ ...settingsOf(args), WADI_PIPELINES: join(folder, "pipelines") });
      log = createLog(config.logLevel, name);
      const telemetry = createTelemetry();
      const pipelines = loadPipelines(config.pipelinesFolder);
      const step = await open({ pipelines, clock, telemetry, log, settings: config }, config);
      try {
        await step.prepare?.();
      } catch (error) {
        await step.close?.();
        throw error;
      }
      const { queueBound } = config;
      return createStep({ name, handle: step.handle, clock, log, telemetry, queueBound });
    } catch (error) {
      log.error(error instanceof ConfigurationError ? {} : { err: error }, asError(error).message);
      throw error;
    }
  }

  function started(args: Arguments): Promise<Step> {
    opened ??= start(args).catch((error: unknown) => {
      opened = undefined; // A2
      throw error;
    });
    return opened;
  }

  return async (args) => {
    try {
      const event = eventOf(args, name === "validate" ? MAX_DOOR_BODY_BYTES : Infinity);
      const step = await started(args);
      return resultOf(name, await step.answer(event));
    } catch (error) {
      return resultOf(name, answerOfError(error));
    }
  };
}

/** As an environment would have them. */
function settingsOf(args: Arguments): Record<string, string> {
  const given = Object.entries(args).filter(
    ([key, value]) => key.startsWith("WADI_") && /^(string|number|boolean)$/.test(typeof value),
  );
  return Object.fromEntries(given.map(([key, value]) => [key, String(value)]));
}

/** @throws MalformedEventError, TooLargeError, ContentCodingError. */
function eventOf(args: Arguments, maxBytes: number): Event {
  const { __ow_method: method, __ow_headers: headers, __ow_body: text } = args;
  if (typeof method !== "string" || typeof headers !== "object" || headers === null) {
    throw new MalformedEventError(
      "not-http",
      "this action was not called over HTTP: deploy it as a raw web action (web-export: raw), and post events to its address",
    );
  }
  if (method.toLowerCase() !== "post") {
    throw new MalformedEventError("method", `events come by POST, and this was ${JSON.stringify(method.slice(0, 20))}`);
  }
  const given = Object.entries(headers).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  const find = (wanted: string) => given.find(([header]) => header.toLowerCase() === wanted)?.[1];
  const coding = find("content-encoding")?.trim().toLowerCase() ?? "";
  if (coding !== "" && coding !== "identity") {
    const named = JSON.stringify(coding.slice(0, 80));
    throw new ContentCodingError(`the content-encoding ${named} is not read here; leave it out`, "identity");
  }
  const body = bodyOf(text, find("content-type"));
  if (body.length > maxBytes)
    throw new TooLargeError("too-large", `the body has more than ${maxBytes} bytes, the limit here`);
  return readEvent(given.flat(), body);
}

/** @throws RejectedError for what the platform would not carry (A4). */
function resultOf(name: StepName, answer: Answer): Result {
  const { status, event } = answer;
  const written = event === undefined ? undefined : writeEvent(event);
  const body = written === undefined ? (answer.body ?? "") : String(written.body);
  const headers = { ...answer.headers, ...(written?.headers as Record<string, string> | undefined), ...markOf(name) };
  const result = { statusCode: status, headers, body };
  if (event === undefined) return result;
  const bytes = Buffer.byteLength(body);
  if (bytes <= MAX_EVENT_BYTES && (bytes * 2 < MAX_RESULT_BYTES || sizeOf(result) <= MAX_RESULT_BYTES)) return result;
  throw new RejectedError(
    "too-large",
    `the derived event has ${bytes} bytes of data, more than OpenWhisk carries from action to action (${MAX_EVENT_BYTES}, ` +
      `less where it has many quotation marks): let this step run elsewhere, or make smaller events`,
  );
}

const sizeOf = (result: Result) => Buffer.byteLength(JSON.stringify(result));
