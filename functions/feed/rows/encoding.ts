// How a text is encoded, told by its first bytes: UTF-8, or the UTF-16 that spreadsheets save as "Unicode text".

export type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/** Bytes that are looked at, at most. */
const SAMPLE_BYTES = 4096;
/** Of the characters of a table without a mark so many are plain at least: its digits, delimiters and line ends. */
const LEAST_PLAIN = 0.2;

/** Tells a byte order mark, and UTF-16 without one by the NULs beside its plain characters. Two bytes are enough. */
export function encodingOf(start: Uint8Array): Encoding {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  const nulls = [0, 0];
  const bytes = Math.min(start.length, SAMPLE_BYTES);
  for (let i = 0; i < bytes; i++) if (start[i] === 0) nulls[i % 2] = (nulls[i % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = nulls;
  const least = Math.max(1, (LEAST_PLAIN * bytes) / 2);
  // A few characters have a NUL as their other byte: Ā, and half of an emoji.
  if (odd >= least && odd >= 4 * even) return "utf-16le";
  if (even >= least && even >= 4 * odd) return "utf-16be";
  return "utf-8";
}
