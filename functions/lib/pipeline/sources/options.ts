// Options of a topic source.

import type { RejectedError } from "../../errors.ts";
import type { Decoded } from "../../events/vocabulary.ts";
import type { Field } from "../record/field.ts";
import type { TopicRecord } from "./record.ts";

/** The schemas of a registry, as far as they were fetched: `read` fetches nothing. Times are epoch milliseconds. */
export interface RegistrySchemas {
  readonly url: string;
  /**
   * The id of the schema to fetch before this record is read; undefined where it is known. One that was refused is wanted
   * again soon: a registry may be behind its peers.
   */
  wanted(record: TopicRecord, now: number): number | undefined;
  /** The text of an Avro schema, or why there is none now. */
  tell(id: number, schema: string | RejectedError, now: number): void;
}

export interface TopicSourceOptions {
  readonly pipeline: string;
  /** Undefined where the pipeline takes no labels. */
  readonly targetField: string | undefined;
  /** The field that names the observation, where the pipeline has one. */
  readonly subjectField?: string | undefined;
  /** Of the newest schema. */
  readonly fields: readonly Field[];
  decodeAvro(data: Uint8Array, version: number): Decoded;
}
