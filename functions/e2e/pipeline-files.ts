// The pipeline files of the run, made of the chart's own: first the flights alone; then, by a rolling upgrade, one model
// of these gone and another there, and a second pipeline beside them.

export interface PipelineFiles {
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
}

export const STAYING = ["linear", "mean"];
export const REMOVED = "median";
export const ADDED = "steady";
/** The pipeline that is not there before: its event is a dead letter until then. */
export const LATER = "line";

const GONE = /^ {2}median: .*\n/m;
const NEW = `  ${ADDED}:
    - standard-scaler: { only: numbers }
    - linear-regression: { optimizer: { sgd: { learningRate: 0.001 } } }
`;

/** @throws Error where the flights have no such model any more. */
export function pipelineFiles(flights: string, line: string): PipelineFiles {
  if (!GONE.test(flights)) throw new Error(`helm/pipelines/flights.yaml has no model ${REMOVED} on a line of its own`);
  return { before: { flights }, after: { flights: flights.replace(GONE, NEW), [LATER]: line } };
}
