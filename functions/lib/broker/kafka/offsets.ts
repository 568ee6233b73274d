// A trigger's position in a partition as Kafka keeps it: the next offset to read and, in the commit's metadata, which
// events after it are settled already. So a restart delivers no settled event again, and any other consumer of the group,
// for instance Knative's dispatcher, finds an offset that it understands.

import type { Position } from "../lane.ts";

/** Kafka allows 4096 bytes of metadata by default. What does not fit is delivered again after a restart. */
const METADATA_BYTES = 4000;

export interface Committed {
  readonly offset: string;
  readonly metadata: string;
}

export function committedOf({ upTo, open }: Position): Committed {
  const [first] = open;
  if (first === undefined) return { offset: String(upTo + 1), metadata: "" };
  const metadata = JSON.stringify({ upTo: upTo - first, open: open.map((offset) => offset - first) });
  return { offset: String(first), metadata: metadata.length > METADATA_BYTES ? "" : metadata };
}

export function positionOf(offset: number, metadata: string | null): Position {
  const plain = { upTo: offset - 1, open: [] };
  if (metadata === null || metadata === "") return plain;
  try {
    const { upTo, open } = JSON.parse(metadata) as { upTo: unknown; open: unknown };
    // Whoever else commits in this group may write what it likes there.
    if (!isCount(upTo) || !Array.isArray(open) || open[0] !== 0) return plain;
    const rises = open.every((one, i) => isCount(one) && one <= upTo && (i === 0 || one > open[i - 1]));
    return rises ? { upTo: offset + upTo, open: open.map((one: number) => offset + one) } : plain;
  } catch {
    return plain;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
