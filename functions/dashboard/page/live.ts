// What comes by itself: the status, each second where it changed; dead letters. And how old all of that is.

import { signal } from "@preact/signals";
import type { DeadLetterSummary, Status } from "../../admin/shapes/shapes.ts";
import { ago } from "../../lib/times.ts";
import { followChanges } from "./changes.ts";

export interface Connection {
  readonly state: "opening" | "open" | "lost";
  /** When the last word came, epoch milliseconds. */
  readonly heard: number;
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

type Listener = (letter: DeadLetterSummary) => void;
const letterListeners = new Set<Listener>();

/** Calls it for each dead letter that is told of; the answer ends it. */
export function onLetter(listener: Listener): () => void {
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
      if (name === "dead-letter") for (const listener of letterListeners) listener(data as DeadLetterSummary);
    },
    lost() {
      connection.value = { state: "lost", heard: connection.value.heard };
    },
  });
  return () => {
    clearInterval(tick);
    end();
  };
}

/** Trends begin anew with the process that is looked at: its counts do, too. */
function take(data: Status, time: number): void {
  const isSame = status.value?.startedAt === data.startedAt;
  status.value = data;
  looks.value = [...(isSame ? looks.value.slice(1 - LOOKS) : []), { time, status: data }];
}
