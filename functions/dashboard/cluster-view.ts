// What the operation `cluster` answers. Every open page asks each two seconds: however many ask, the API server is asked once a
// second at most, and not at all while nobody looks.

import type { ClusterPort } from "../admin/admin.ts";
import type { ReadBroker } from "../admin/open/cluster.ts";
import type { ClusterStatus } from "../admin/shapes/cluster.ts";
import { rememberColdStarts } from "../cluster/pod-times.ts";
import { readOwnObjects } from "../cluster/read.ts";
import type { ClusterReader } from "../cluster/reader.ts";
import { clusterStatusOf } from "../cluster/status.ts";
import type { Clock } from "../lib/clock.ts";
import { asError, UnavailableError } from "../lib/errors.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { StoreAddress } from "../lib/store/address.ts";
import { showRedisAddress } from "../lib/store/redis/address.ts";

export interface ClusterViewOptions {
  readonly reader: ClusterReader;
  readonly namespace: string;
  readonly broker: Pick<ReadBroker, "status" | "check"> & { readonly at?: string };
  readonly store: { readonly address: StoreAddress; check(): Promise<void> };
  readonly pipelines: Pipelines;
  readonly clock: Clock;
}

const KEPT_MS = 1000;

export function createClusterView(options: ClusterViewOptions): ClusterPort {
  const { reader, namespace, broker, store, pipelines, clock } = options;
  const coldStart = rememberColdStarts();
  let kept: { readonly at: number; readonly answer: Promise<ClusterStatus> } | undefined;

  async function look(): Promise<ClusterStatus> {
    const [objects, storeMissing, logMissing] = await Promise.all([
      readOwnObjects(reader, namespace),
      failureOf(store),
      failureOf(broker),
    ]);
    const { triggers, deadLetters } = broker.status();
    return clusterStatusOf({
      ...{ context: reader.context, namespace, now: clock.now(), objects, coldStart },
      // The account of the dashboard may read no logs.
      lastLine: () => undefined,
      data: {
        store: { kind: store.address.kind, ...atOf(store.address), ...storeMissing },
        log: { kind: "kafka", ...(broker.at !== undefined && { at: broker.at }), ...logMissing },
        pipelines: [...pipelines.keys()],
        status: { triggers: triggers.map((one) => ({ ...one, perSecond: 0 })), deadLetters },
      },
    });
  }

  return {
    read() {
      const now = clock.now();
      // The clock may have been set back.
      if (kept === undefined || now - kept.at >= KEPT_MS || now < kept.at) {
        const answer = look().catch((error: unknown) => {
          throw new UnavailableError("cluster-unavailable", asError(error).message, { cause: error });
        });
        kept = { at: now, answer };
      }
      return kept.answer;
    },
  };
}

function atOf(address: StoreAddress): { readonly at?: string } {
  return address.kind === "redis" ? { at: showRedisAddress(address) } : {};
}

function failureOf(checked: { check(): Promise<void> }): Promise<{ readonly missing?: string }> {
  return checked.check().then(
    () => ({}),
    (error: unknown) => ({ missing: asError(error).message }),
  );
}
