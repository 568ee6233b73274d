// A digest of the record as it was sent. It tells whether a repeated request is the same, even after the pipeline file changed.

import { hash } from "node:crypto";
import type { FlatRecord } from "../lib/events/vocabulary.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";

/**
 * 128 bits as 32 hexadecimal digits. The target is left out, since it may come later. So is every field with its default
 * value: a field that is added to the schema later does not change the digests of earlier records.
 */
export function recordDigest({ recordFields, targetField }: Pipeline, record: FlatRecord): string {
  const given = recordFields
    .filter((field) => field.name !== targetField && record[field.name] !== field.default)
    .map(({ name }) => [name, record[name]] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return hash("sha256", JSON.stringify(["record", ...given]), "hex").slice(0, 32);
}
