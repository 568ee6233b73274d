// The options of `wadi emit`, as they were typed.

import type { FileFlags } from "../rows/file-input.ts";

/** As commander hands them over: texts as they were typed. */
export interface EmitFlags extends FileFlags {
  readonly pipeline?: string;
  readonly url?: string;
  readonly source?: string;
  readonly id?: string;
  readonly subject?: string;
  /** That names an observation in its body, where the pipeline has such a field. */
  readonly subjectField?: string;
  readonly time?: string;
  readonly lateLabels?: string;
  readonly target?: string;
  readonly rate?: string;
  readonly concurrency?: string;
  readonly generate?: string;
  readonly n?: string;
  readonly beta?: string;
  readonly sigma?: string;
  readonly seed?: string;
  readonly thenBeta?: string;
  readonly thenAt?: string;
  readonly users?: string;
  readonly speed?: string;
  readonly avro?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly check?: boolean;
}
