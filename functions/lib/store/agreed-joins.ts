// A record is kept as long as the store's retention says, so that is known before one is put.

import type { StoreRetention } from "./agreement.ts";
import type { JoinStore } from "./store.ts";

/** The puts wait until it is known how long they are kept; afterwards they wait for nothing. */
export function joinsOnceAgreed(joins: JoinStore, retention: StoreRetention): JoinStore {
  return {
    ...joins,
    putObservation: (half) =>
      retention.isAgreed() ? joins.putObservation(half) : retention.agreed().then(() => joins.putObservation(half)),
    putLabel: (half) =>
      retention.isAgreed() ? joins.putLabel(half) : retention.agreed().then(() => joins.putLabel(half)),
  };
}
