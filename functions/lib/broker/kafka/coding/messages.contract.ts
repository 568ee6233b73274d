// Messages at random, as whoever codes them is given them.

import fc from "fast-check";
import type { Message } from "kafkajs";

export const NOBODY = { producerId: -1n, producerEpoch: 0, firstSequence: 0, transactional: false };
export const NOW = 1_700_000_000_000;

const bytes = fc.uint8Array({ maxLength: 200 }).map((content) => Buffer.from(content));
export const text = fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: "grapheme", maxLength: 80 }));
const headerValue = fc.oneof(text, bytes);
export const headerName = fc.oneof(fc.constantFrom("ce_type", "ce_id", "content-type"), text);

/** With headers of such names. */
export const messageWith = (name: fc.Arbitrary<string>): fc.Arbitrary<Message> =>
  fc.record({
    key: fc.option(fc.oneof(text, bytes)),
    value: fc.option(fc.oneof(text, bytes)),
    headers: fc.dictionary(name, fc.oneof(headerValue, fc.array(headerValue, { maxLength: 3 })), { maxKeys: 14 }),
    timestamp: fc.integer({ min: 0, max: 2 ** 45 }).map(String),
  }) as fc.Arbitrary<Message>;
export const message = messageWith(headerName);
export const messages = fc.array(message, { minLength: 1, maxLength: 8 });
