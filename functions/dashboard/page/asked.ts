// What a view asks the API for: at once, again after a while, and again when the connection is back.

import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { ApiError } from "./api.ts";
import { reconnected } from "./live.ts";

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
        if (wanted) answer.value = { value: answer.value.value, error: error as ApiError };
      }
      underWay = false;
      if (owed) {
        owed = false;
        void again();
        return;
      }
      const tookMs = performance.now() - begun;
      const restMs = Math.max(document.hidden ? everyMs * 5 : everyMs, Math.min(REST * tookMs, LONGEST_REST_MS));
      if (everyMs > 0 && wanted) timer = window.setTimeout(again, restMs);
    };
    const end = () => {
      wanted = false;
      clearTimeout(timer);
    };
    return Object.assign(answer, { again: () => void again(), end });
  }, [key]);
  useEffect(() => {
    asking.again();
    const stop = reconnected.subscribe((times) => {
      if (times > 0) asking.again();
    });
    return () => {
      stop();
      asking.end();
    };
  }, [asking]);
  return asking;
}
