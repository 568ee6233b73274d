// What a table is at one version, by the actions of its log.

import type { Action, Add, Metadata, Protocol, Remove, Txn } from "./actions.ts";
import { checkProtocol } from "./protocol.ts";

export class TableState {
  /** Of the last entry; -1 before the first. */
  version = -1;
  /** Of the newest checkpoint that is known; 0 where there is none. */
  checkpoint = 0;
  /** When that entry was made by its own word, epoch milliseconds. */
  committed: number | undefined;
  protocol: Protocol | undefined;
  metadata: Metadata | undefined;
  /** By path. */
  readonly files = new Map<string, Add>();
  /** Files that were removed; by path. */
  readonly removed = new Map<string, Remove>();
  readonly txns = new Map<string, Txn>();

  get isAppendOnly(): boolean {
    return this.metadata?.configuration?.["delta.appendOnly"] === "true";
  }

  /** @throws ConfigurationError for a table that is not to be written here. */
  apply(version: number, actions: readonly Action[], where: string): void {
    for (const { protocol, metaData, add, remove, txn, commitInfo } of actions) {
      if (protocol !== undefined) {
        checkProtocol(protocol, where);
        this.protocol = protocol;
      }
      if (metaData !== undefined) this.metadata = metaData;
      if (remove !== undefined) {
        this.files.delete(remove.path);
        this.removed.set(remove.path, remove);
      }
      if (add !== undefined) {
        this.removed.delete(add.path);
        this.files.set(add.path, add);
      }
      if (txn !== undefined) this.txns.set(txn.appId, txn);
      if (commitInfo !== undefined) this.committed = timeOf(commitInfo);
    }
    this.version = version;
  }
}

function timeOf({ timestamp }: Readonly<Record<string, unknown>>): number | undefined {
  return typeof timestamp === "number" && Number.isFinite(timestamp) ? timestamp : undefined;
}
