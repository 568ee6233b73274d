// The events of a pipeline in the archive, in the order in which they were accepted, without the log that they came from.

import type { Event } from "../lib/events/vocabulary.ts";
import type { Row } from "./columns.ts";
import type { DeltaTable } from "./delta/table.ts";
import { type Days, filesOf, isInDays, type KnownFile, pipelinesOf } from "./files.ts";
import { orderRows } from "./order.ts";
import { rowsOfTable } from "./read.ts";
import { eventOf, isOfPipeline, pipelineNameOf, readable } from "./rows.ts";

export interface AcceptedEvent {
  readonly event: Event;
  /** When the log took it in, epoch milliseconds. */
  readonly time: number;
}

export interface PipelineEvents {
  /** Of the files that may have some: what is opened. */
  readonly bytes: number;
  /**
   * From the beginning, some at a time; `opened`: told the bytes of each file. Events of several logs come by the time of their
   * acceptance. @throws ConfigurationError, UnavailableError.
   */
  read(types: readonly string[], opened?: (bytes: number) => void): AsyncGenerator<readonly AcceptedEvent[]>;
}

/** An event that names no pipeline is this one's where the table knows no other. */
export function eventsOf(table: DeltaTable, pipeline: string, days: Days): PipelineEvents {
  const { snapshot, objects } = table;
  const files = filesOf(snapshot, pipeline).filter(({ add }) => isInDays(add, days));
  const choice = { pipeline, alone: pipelinesOf(snapshot).every((name) => name === pipeline) };
  const partitions = new Map<string, number>();
  const where = ({ log, offset }: Row) => `the archive ${objects.where}: the row ${offset} of ${log}`;

  /** Partitions of all logs together, counted from 0. */
  function numbered(row: Row): Row {
    const key = `${row.partition} ${row.log}`;
    const partition = partitions.get(key) ?? partitions.size;
    partitions.set(key, partition);
    return { ...row, partition };
  }

  async function rowsOf({ add, pipeline: ofFile }: KnownFile, types: readonly string[]): Promise<readonly Row[]> {
    const rows = await rowsOfTable(table, add);
    const mine = (row: Row) =>
      types.includes(row.type) && isOfPipeline(pipelineNameOf(row, where(row)), choice, ofFile);
    return rows.filter(mine).map(numbered);
  }

  return {
    bytes: files.reduce((sum, { add }) => sum + add.size, 0),
    async *read(types, opened = () => {}) {
      const isOne = snapshot.txns.size === 1;
      const rows = orderRows(files, isOne, async (file) => {
        const found = await rowsOf(file, types);
        opened(file.add.size);
        return found;
      });
      for await (const some of rows) {
        yield some.map((row) => ({
          event: readable(() => eventOf(row), where(row)),
          time: Number(row.recordedtime / 1000n),
        }));
      }
    },
  };
}
