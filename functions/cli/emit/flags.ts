// The options of `wadi emit`, as they were typed.

import type { CsvFlags } from "../csv-dialect.ts";

/** As commander hands them over: texts as they were typed. */
export interface EmitFlags extends CsvFlags {
  readonly pipeline?: string;
  readonly url?: string;
  readonly format?: string;
  readonly source?: string;
  readonly id?: string;
  readonly subject?: string;
  /** That names an observation in its body, where the pipeline has such a field. */
  readonly subjectField?: string;
  readonly time?: string;
  readonly omit?: string;
  readonly rename?: readonly string[];
  readonly lateLabels?: string;
  readonly target?: string;
  readonly limit?: string;
  readonly rate?: string;
  readonly concurrency?: string;
  readonly generate?: string;
  readonly n?: string;
  readonly beta?: string;
  readonly sigma?: string;
  readonly seed?: string;
  readonly thenBeta?: string;
  readonly thenAt?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly check?: boolean;
}
