// What is tried through the dashboard is carried out by the cluster: the step predict over the Open Inference Protocol, asleep or
// not, and the Broker's ingress for events.

import type { InferBody, TryPort } from "../admin/tries/try-port.ts";
import {
  asError,
  type FieldProblem,
  NotFoundError,
  RejectedError,
  UnavailableError,
  UnsupportedError,
} from "../lib/errors.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { createPoster, type PostAnswer, type Poster } from "../lib/serve/poster.ts";
import type { InferAnswer } from "../predict/answer.ts";
import { createHttpPublisher } from "../predict/http-publisher.ts";

export interface ClusterTries extends TryPort {
  /** All of them, or at least one is not taken; what was is sent again with the same ids. @throws UnavailableError. */
  publishAll(events: readonly Event[]): Promise<void>;
  close(): void;
}

export interface ClusterTriesOptions {
  /** Of the step predict; undefined: nobody predicts. */
  readonly predict: string | undefined;
  /** The Broker's ingress; undefined: none takes events. */
  readonly broker: string | undefined;
}

/** Also for a step that wakes first. */
const PREDICT_MS = 25_000;
const CONNECTIONS = 8;
/** With an explanation. */
const MAX_ANSWER_CHARS = 4 * 1024 * 1024;
const SHOWN_CHARS = 200;

export function openClusterTries({ predict, broker }: ClusterTriesOptions): ClusterTries {
  const publisher = broker === undefined ? undefined : createHttpPublisher(broker);
  const posters = new Map<string, Poster>();

  function posterOf(pipeline: string): Poster {
    if (predict === undefined)
      throw new UnsupportedError("no-predict", "the dashboard knows no predict (WADI_PREDICT)");
    const url = `${predict.replace(/\/+$/, "")}/v2/models/${encodeURIComponent(pipeline)}/infer`;
    const known = posters.get(url) ?? createPoster(url, PREDICT_MS, CONNECTIONS, MAX_ANSWER_CHARS);
    posters.set(url, known);
    return known;
  }

  async function send(event: Event): Promise<void> {
    if (publisher === undefined) throw new UnsupportedError("no-broker", "the dashboard knows no Broker (WADI_BROKER)");
    await publisher.publish(event);
  }

  return {
    async predict(pipeline: string, body: InferBody) {
      const headers = { "content-type": "application/json" };
      const answer = await posterOf(pipeline)
        .post(headers, JSON.stringify(body))
        .catch((cause: unknown) => {
          throw away(asError(cause).message, cause);
        });
      return answerOf(answer);
    },
    send,
    async publishAll(events) {
      await Promise.all(events.map(send));
    },
    close() {
      publisher?.close();
      for (const poster of posters.values()) poster.close();
    },
  };
}

/** @throws what predict threw, as far as its answer tells. */
function answerOf({ status, text, whole }: PostAnswer): InferAnswer {
  if (!whole) throw away(`its answer has more than ${MAX_ANSWER_CHARS} characters`);
  const body = parsed(text);
  if (status === 200 && body !== undefined) return body as unknown as InferAnswer;
  const { code, message, error, fields } = body ?? {};
  const said = String(message ?? error ?? text.slice(0, SHOWN_CHARS));
  if (status === 422 || status === 400) {
    const found = Array.isArray(fields) ? (fields as readonly FieldProblem[]) : [];
    throw new RejectedError(typeof code === "string" ? code : "request", said, found);
  }
  if (status === 404) throw new NotFoundError(said);
  throw away(`it answered ${status} ${said}`.trimEnd());
}

function away(why: string, cause?: unknown): UnavailableError {
  const message = `the step predict gives no prediction (${why}); try again, or see what is wrong: wadi doctor --cluster`;
  return new UnavailableError("predict-unavailable", message, { cause });
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
