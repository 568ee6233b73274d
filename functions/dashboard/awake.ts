// Keeps the dashboard awake while it carries something though nobody looks: events that it makes, or a replay. It holds one request to
// its own address in the cluster open for that long. Knative counts it like anybody's, so that no scale and no right is asked for.

import { get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import type { Clock } from "../lib/clock.ts";
import type { StreamAnswer } from "../lib/serve/stream.ts";
import type { Log } from "../lib/telemetry/log.ts";

export interface AwakeOptions {
  /** The dashboard's own address in the cluster. */
  readonly url: string;
  readonly token: string;
  /** It carries something. */
  isBusy(): boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export const AWAKE = "/api/v1/awake";
/** Far below the time after which Knative takes pods away. */
const LOOK_MS = 2000;
const ANSWER_MS = 30_000;
/** Below the time after which proxies give up a silent answer. */
const BEAT_MS = 15_000;

/** The answer to that request: it goes on for as long as it is read. */
export function awakeStream(clock: Clock): StreamAnswer {
  return {
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" },
    open(sink) {
      let cancel = () => {};
      const beat = () => {
        sink.write("awake\n");
        cancel = clock.after(BEAT_MS, beat);
      };
      beat();
      return { drained() {}, closed: () => cancel() };
    },
  };
}

/** A request that Knative or a gateway ends is opened again. The answer ends it all. */
export function keepAwake({ url, token, isBusy, clock, log }: AwakeOptions): () => void {
  const address = new URL(AWAKE, url);
  let held: { end(): void } | undefined;
  let isTold = false;
  let cancel = clock.after(LOOK_MS, look);

  function look(): void {
    cancel = clock.after(LOOK_MS, look);
    if (isBusy()) held ??= hold();
    else held?.end();
  }

  function hold(): { end(): void } {
    const send = address.protocol === "https:" ? httpsGet : httpGet;
    const sent = send(address, { agent: false, headers: { authorization: `Bearer ${token}` } }, (response) => {
      unanswered();
      response.resume();
      if (response.statusCode === 200) isTold = false;
      else failed(`it answered ${response.statusCode}`);
    });
    const unanswered = clock.after(ANSWER_MS, () => sent.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)));
    let isEnded = false;
    sent.on("error", ({ message }) => isEnded || failed(message));
    sent.on("close", () => {
      unanswered();
      held = undefined;
    });
    return {
      end() {
        isEnded = true;
        sent.destroy();
      },
    };
  }

  function failed(why: string): void {
    if (isTold) return;
    isTold = true;
    log.warn(
      { url: address.href },
      `the dashboard does not reach its own address (${why}): it sleeps once nobody looks, and the events that it makes or the ` +
        "replay that it runs end then; keep the page open, or set dashboard.min: 1",
    );
  }

  return () => {
    cancel();
    held?.end();
  };
}
