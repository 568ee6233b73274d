// What a dead letter takes of the journal's file. Counted in pages, as SQLite lays rows out: two rows of 2.1 kB take two
// pages, and a budget that knew of 4.2 kB only would be exceeded twofold. https://www.sqlite.org/fileformat2.html#b_tree_pages

const PAGE = 4096;
/** A longer row goes on in pages of its own, beyond `LEAST` bytes or more that stay. */
const WHOLE = PAGE - 35;
const LEAST = 489;
const CONTINUED = PAGE - 4;
/** Of a row, and of its entry in each of four indexes: header, numbers, place in the page. */
const ROW_FRAME = 32;
const ENTRY_FRAMES = 4 * 16;
/** An index is written in no order: its pages are two thirds full. */
const SPARSE = 1.5;

export interface LetterParts {
  readonly trigger: string;
  readonly reason: string;
  readonly subject: string;
  readonly attributes: string;
  readonly data: string | Uint8Array | null;
}

/** Bytes, its share of the indexes included. */
export function letterSize({ trigger, reason, subject, attributes, data }: LetterParts): number {
  const keys = Buffer.byteLength(trigger) + Buffer.byteLength(reason) + Buffer.byteLength(subject);
  const row = ROW_FRAME + keys + Buffer.byteLength(attributes) + (data === null ? 0 : Buffer.byteLength(data));
  const indexes = SPARSE * (ENTRY_FRAMES + keys + Buffer.byteLength(trigger));
  return Math.ceil(rowSize(row) + indexes);
}

function rowSize(bytes: number): number {
  if (bytes <= WHOLE) return PAGE / Math.floor((PAGE - 8) / bytes);
  const kept = LEAST + ((bytes - LEAST) % CONTINUED);
  const local = kept <= WHOLE ? kept : LEAST;
  return Math.ceil((bytes - local) / CONTINUED) * PAGE + rowSize(local);
}
