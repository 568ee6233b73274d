// What comes by itself: the status, each second where it changed; commits; dead letters. And how old all of that is.

import { signal } from "@preact/signals";
import type { DeadLetterSummary, ModelChange, Status } from "../../admin/shapes/shapes.ts";
import { ago } from "../../lib/times.ts";
import type { ApiError } from "./api.ts";
import { followChanges } from "./changes.ts";

export interface Connection {
  readonly state: "opening" | "open" | "lost";
  /** When the last word came, epoch milliseconds. */
  readonly heard: number;
  readonly why?: string;
}

/** A look at one step, for trends. */
export interface Look {
  readonly time: number;
  readonly status: Status;
}

/** Two minutes of a second each. */
const LOOKS = 120;

export const now = signal(Date.now());
export const status = signal<Status | undefined>(undefined);
export const connection = signal<Connection>({ state: "opening", heard: Date.now() });
export const looks = signal<readonly Look[]>([]);
/** Grows with each connection that was opened again: what was missed meanwhile is to be asked for. */
export const reconnected = signal(0);

/** How long ago, in words; a server whose clock is a little ahead is not in the future. */
export function since(time: number): string {
  return ago(Math.min(time, now.value), now.value);
}

type Listener<T> = (value: T) => void;
const modelListeners = new Set<Listener<ModelChange>>();
const letterListeners = new Set<Listener<DeadLetterSummary>>();

/** Calls it for each commit that is told of; the answer ends it. */
export function onModel(listener: Listener<ModelChange>): () => void {
  modelListeners.add(listener);
  return () => modelListeners.delete(listener);
}

export function onLetter(listener: Listener<DeadLetterSummary>): () => void {
  letterListeners.add(listener);
  return () => letterListeners.delete(listener);
}

/** Begins; the answer ends it. */
export function beginLive(): () => void {
  let opened = 0;
  const tick = setInterval(() => {
    now.value = Date.now();
  }, 1000);
  const end = followChanges({
    opened() {
      connection.value = { state: "open", heard: Date.now() };
      if (opened++ > 0) reconnected.value++;
    },
    event(name, data) {
      const heard = Date.now();
      connection.value = { state: "open", heard };
      if (name === "status") take(data as Status, heard);
      if (name === "model") for (const listener of modelListeners) listener(data as ModelChange);
      if (name === "dead-letter") for (const listener of letterListeners) listener(data as DeadLetterSummary);
    },
    lost(error: ApiError) {
      connection.value = { state: "lost", heard: connection.value.heard, why: error.message };
    },
  });
  return () => {
    clearInterval(tick);
    end();
  };
}

function take(data: Status, time: number): void {
  status.value = data;
  looks.value = [...looks.value.slice(1 - LOOKS), { time, status: data }];
}
