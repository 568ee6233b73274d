// A running `wadi start` under load: it is done when every trigger is.

import type { Event } from "../functions/lib/events/vocabulary.ts";
import { load } from "./load.ts";
import { startWadi } from "./programs.ts";
import { assert } from "./row.ts";
import { type Running, type Session, sleep } from "./session.ts";

/** To be asked costs Wadi a millisecond, which counts as its own. */
const POLL_MS = 50;

export interface LoadedWadi {
  readonly running: Running;
  /** How many observations were sent. */
  readonly sent: number;
  /**
   * Sends observations that bear their labels, and waits until all are learned: seconds from the first byte sent, the cores that the
   * generator was busy on, and the seconds of CPU that Wadi used.
   */
  learn(events: readonly Event[]): Promise<{ seconds: number; cpu: number; cpuSeconds: number }>;
  /** @throws Error unless all that was sent is learned once, and nothing went to the dead letters. */
  check(): Promise<void>;
  /** The sum of a metric's values whose labels have this text. */
  metric(name: string, label: string): Promise<number>;
}

/** @param places of the command line: where it has its events and its models. */
export async function processUnderLoad(
  session: Session,
  folder: string,
  places: readonly string[] = [],
): Promise<LoadedWadi> {
  const requests = session.folder();
  const { running, url } = await startWadi(session, folder, places);
  let sent = 0;

  async function metrics(): Promise<string> {
    return (await fetch(`${url}/metrics`)).text();
  }

  return {
    running,
    get sent() {
      return sent;
    },
    async learn(events) {
      const before = running.cpuSeconds();
      const { begin, cpu } = await load(session, Number(new URL(url).port), events, 202, requests);
      sent += events.length;
      while (await isBehind()) await sleep(POLL_MS);
      return { seconds: (Date.now() - begin) / 1000, cpu, cpuSeconds: running.cpuSeconds() - before };
    },
    async check() {
      const text = await metrics();
      const learned = sum(figures(text, "wadi_learned_total"));
      assert(learned === sent, `${sent} observations were sent, and ${learned} learned`);
      assert(sum(figures(text, "wadi_trigger_dead_letters")) === 0, "some events went to the dead letters");
    },
    async metric(name, label) {
      const lines = (await metrics()).split("\n").filter((line) => line.includes(label));
      return sum(figures(lines.join("\n"), name));
    },
  };

  async function isBehind(): Promise<boolean> {
    return figures(await metrics(), "wadi_trigger_lag").some((lag) => lag > 0);
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** All values of a metric. */
function figures(text: string, name: string): number[] {
  return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].map(([, value]) => Number(value));
}
