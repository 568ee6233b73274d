// What the contract suites are given: one store, as many handles to it as they ask for, and a clock that stands still.

import { onTestFinished } from "vitest";
import { type ManualClock, manualClock } from "../clock.ts";
import type { Commit, CommitFrame } from "./commit.ts";
import type { Store, StoreOptions } from "./store.ts";
import type { LearnedId } from "./stored-model.ts";

/** Makes an empty store. The answer opens a handle to it: each is a writer of its own, as a process would be, and has its `own` options. */
export type MakeStore = (options: StoreOptions) => Promise<(own?: Partial<StoreOptions>) => Promise<Store>>;

export const HOUR = 3_600_000;
/** How long a join record lives in the suites. */
export const WINDOW = 48 * HOUR;

export interface StoreUnderTest extends Store {
  readonly clock: ManualClock;
  /** One more handle to the same store. */
  another(own?: Partial<StoreOptions>): Promise<Store>;
}

/** Every handle is closed when the test ends. */
export async function openUnderTest(make: MakeStore, options: Partial<StoreOptions> = {}): Promise<StoreUnderTest> {
  const clock = manualClock();
  const open = await make({ now: () => clock.now(), joinWindowMs: () => WINDOW, ...options });
  const another = async (own?: Partial<StoreOptions>) => {
    const store = await open(own);
    onTestFinished(() => store.close());
    return store;
  };
  return { ...(await another()), clock, another };
}

let revisions = 0;
export const newRevision = () => (++revisions).toString(16).padStart(32, "0");

/** Ids that are kept for a day of the suite's clock. */
export function idsOf(clock: ManualClock, ...ids: readonly (number | string)[]): LearnedId[] {
  return ids.map((id) => ({ id: String(id), expiresAt: clock.now() + 24 * HOUR }));
}

/** A first commit of nothing, but for what the test says. */
export function commitOf(
  parts: Partial<CommitFrame> & { readonly state?: string } = {},
): Commit & { readonly state: string } {
  return { generation: "1", expectedRevision: "", revision: newRevision(), state: "{}", ids: [], ...parts };
}
