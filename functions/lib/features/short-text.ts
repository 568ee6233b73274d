// Shortens text that becomes a feature's name or a key in a model's state, since every distinct value stays there for good.

import { murmur3 } from "../murmur3.ts";

/** The longest text that a feature passes on where nothing else is said, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 100;

const TAIL_LENGTH = 17;

/**
 * The text itself up to `most` UTF-16 units. A longer one keeps its first `most` - 17, then `~` and 16 hex digits of two
 * murmur3 hashes of the whole: no event is refused for a very long value, and two long values that differ stay different.
 */
export function shortText(text: string, most = MAX_TEXT_LENGTH): string {
  if (text.length <= most) return text;
  const head = text.slice(0, most - TAIL_LENGTH).toWellFormed(); // the cut may halve a surrogate pair
  return `${head}~${hex(murmur3(text, 0))}${hex(murmur3(text, 1))}`;
}

function hex(hash: number): string {
  return hash.toString(16).padStart(8, "0");
}
