// Shortens text that becomes a feature's name or a key in a model's state, since every distinct value stays there for good.

import { murmur3 } from "../murmur3.ts";

/** The longest text that a feature passes on, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 100;

const HEAD_LENGTH = MAX_TEXT_LENGTH - 17;

/**
 * The text itself up to 100 UTF-16 units. A longer one keeps its first 83, then `~` and 16 hex digits of two murmur3
 * hashes of the whole: no event is refused for a very long value, and two long values that differ stay different.
 */
export function shortText(text: string): string {
  if (text.length <= MAX_TEXT_LENGTH) return text;
  const head = text.slice(0, HEAD_LENGTH).toWellFormed(); // the cut may halve a surrogate pair
  return `${head}~${hex(murmur3(text, 0))}${hex(murmur3(text, 1))}`;
}

function hex(hash: number): string {
  return hash.toString(16).padStart(8, "0");
}
