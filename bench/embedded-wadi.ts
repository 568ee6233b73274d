// A running `wadi start` under load: it is done when every trigger is.

import { statSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_RETENTION } from "../functions/lib/config.ts";
import type { Event } from "../functions/lib/events/vocabulary.ts";
import type { ModelSetState } from "../functions/lib/learners/model-set.ts";
import { loadPipelines } from "../functions/lib/pipeline/load.ts";
import { openStore } from "../functions/lib/store/open.ts";
import { load } from "./load.ts";
import { startWadi } from "./programs.ts";
import { assert } from "./row.ts";
import { ROOT, type Session, sleep } from "./session.ts";

const POLL_MS = 10;

export interface EmbeddedWadi {
  readonly folder: string;
  /** Sends observations that bear their labels, and waits until all are learned: seconds from the first byte sent. */
  learn(events: readonly Event[]): Promise<{ seconds: number; cpu: number }>;
  /** @throws Error unless all that was sent is learned once, and nothing went to the dead letters. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

/** @param before events that the folder holds already. */
export async function embedded(session: Session, folder = session.folder(), before = 0): Promise<EmbeddedWadi> {
  const requests = session.folder();
  const { running, url } = await startWadi(session, folder);
  let sent = 0;

  async function metrics(): Promise<string> {
    return (await fetch(`${url}/metrics`)).text();
  }

  return {
    folder,
    async learn(events) {
      const { begin, cpu } = await load(session, Number(new URL(url).port), events, 202, requests);
      sent += events.length;
      while (figures(await metrics(), "wadi_trigger_lag").some((lag) => lag > 0)) await sleep(POLL_MS);
      return { seconds: (Date.now() - begin) / 1000, cpu };
    },
    async check() {
      const text = await metrics();
      const learned = sum(figures(text, "wadi_learned_total"));
      assert(learned === sent, `${sent} observations were sent, and ${learned} learned`);
      assert(sum(figures(text, "wadi_trigger_dead_letters")) === 0, "some events went to the dead letters");
    },
    async stop() {
      await running.stop();
      const { count, ids } = await readStore(folder);
      const all = before + sent;
      assert(count === all && ids === all, `${all} observations were sent; the model counts ${count}, its ids ${ids}`);
    },
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** All values of a metric. */
function figures(text: string, name: string): number[] {
  return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].map(([, value]) => Number(value));
}

export interface Stored {
  /** Examples learned, by the model's own count and by the ids that are kept. */
  readonly count: number;
  readonly ids: number;
  readonly state: ModelSetState | undefined;
  readonly stateBytes: number;
}

/** What a folder's store holds of the flights, once its program has ended. */
export async function readStore(folder: string): Promise<Stored> {
  const pipelines = loadPipelines(join(ROOT, "helm/pipelines"));
  const address = { kind: "sqlite", path: join(folder, "store.db") } as const;
  const store = await openStore(address, pipelines, DEFAULT_RETENTION, Date.now);
  const { state } = await store.models.load("flights");
  const ids = await store.models.learnedCount("flights");
  await store.close();
  const read = state === "" ? undefined : (JSON.parse(state) as ModelSetState);
  return { count: read?.count ?? 0, ids, state: read, stateBytes: Buffer.byteLength(state) };
}

/** Of a SQLite file, once its program has ended. */
export function fileBytes(folder: string, file: "journal.db" | "store.db"): number {
  return statSync(join(folder, file)).size;
}
