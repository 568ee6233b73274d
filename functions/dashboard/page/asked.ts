// What a view asks the API for: at once, again after a while, after a deed, and when the connection is back.

import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type ApiError, OutdatedError, UnansweredError } from "./api-error.ts";
import { reconnected } from "./live.ts";
import { deeds } from "./parts/ask.ts";

export interface Asked<T> {
  /** The newest answer, also while the next one is awaited, or fails. */
  readonly value: T | undefined;
  readonly error: ApiError | undefined;
}

export interface Asking<T> extends ReadonlySignal<Asked<T>> {
  /** Asks again now. */
  again(): void;
}

/** An answer that takes long is asked for less often: it costs the other side as much. */
const REST = 30;
const LONGEST_REST_MS = 3000;
/** What is asked for once is asked for again where nothing was answered. */
const RETRY_MS = 3000;

/** What is said where nothing was answered to a question that is asked again by itself. */
export function notLoaded(error: ApiError, isKnown: boolean): ApiError {
  if (!(error instanceof UnansweredError)) return error;
  return isKnown
    ? new OutdatedError(`This cannot be loaded anew now, and is asked for again by itself. ${error.message}`)
    : new UnansweredError(`This cannot be loaded now, and is asked for again by itself. ${error.message}`);
}

/** @param key what it depends on; asked anew where it changes. @param everyMs 0: once. */
export function useAsked<T>(key: string, everyMs: number, question: () => Promise<T>): Asking<T> {
  const asking = useMemo(() => {
    const answer = signal<Asked<T>>({ value: undefined, error: undefined });
    let wanted = true;
    let underWay = false;
    /** It was asked to ask while an answer was under way, which may be of before that. */
    let owed = false;
    let timer = 0;
    const again = async () => {
      clearTimeout(timer);
      if (!wanted) return;
      if (underWay) {
        owed = true;
        return;
      }
      underWay = true;
      const begun = performance.now();
      try {
        const value = await question();
        if (wanted) answer.value = { value, error: undefined };
      } catch (error) {
        const { value } = answer.value;
        if (wanted) answer.value = { value, error: notLoaded(error as ApiError, value !== undefined) };
      }
      underWay = false;
      if (owed) {
        owed = false;
        void again();
        return;
      }
      const tookMs = performance.now() - begun;
      const restMs = Math.max(document.hidden ? everyMs * 5 : everyMs, Math.min(REST * tookMs, LONGEST_REST_MS));
      const isUnanswered = answer.value.error instanceof UnansweredError;
      if (everyMs > 0 && wanted) timer = window.setTimeout(again, restMs);
      else if (isUnanswered && wanted) timer = window.setTimeout(again, RETRY_MS);
    };
    const end = () => {
      wanted = false;
      clearTimeout(timer);
    };
    return Object.assign(answer, { again: () => void again(), end });
  }, [key]);
  useEffect(() => {
    asking.again();
    const stops = [reconnected, deeds].map((times) => onGrowth(times, () => asking.again()));
    return () => {
      for (const stop of stops) stop();
      asking.end();
    };
  }, [asking]);
  return asking;
}

/** From now on; the answer ends it. */
function onGrowth(times: ReadonlySignal<number>, call: () => void): () => void {
  let last = times.peek();
  return times.subscribe((many) => {
    if (many > last) call();
    last = many;
  });
}
