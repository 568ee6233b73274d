// Which record it was, whatever the pipeline file makes of it by now: so that who asks again is known by what was sent.

import { hash } from "node:crypto";
import type { FlatRecord } from "../lib/events/vocabulary.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";

/**
 * 128 bits as 32 hexadecimal digits. The target is left out, since it may come later, and so is every field that has its
 * default: a field that the schema gains afterwards changes no record that was sent before.
 */
export function recordDigest({ recordFields, targetField }: Pipeline, record: FlatRecord): string {
  const given = recordFields
    .filter((field) => field.name !== targetField && record[field.name] !== field.default)
    .map(({ name }) => [name, record[name]] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return hash("sha256", JSON.stringify(["record", ...given]), "hex").slice(0, 32);
}
