// The store's retention says how long a record is kept, so it must be known before one is put.

import type { StoreRetention } from "./agreement.ts";
import type { JoinStore } from "./store.ts";

/** Puts wait until the retention is known. */
export function joinsOnceAgreed(joins: JoinStore, retention: StoreRetention): JoinStore {
  return {
    ...joins,
    putObservation: (half) =>
      retention.isAgreed() ? joins.putObservation(half) : retention.agreed().then(() => joins.putObservation(half)),
    putLabel: (half) =>
      retention.isAgreed() ? joins.putLabel(half) : retention.agreed().then(() => joins.putLabel(half)),
  };
}
