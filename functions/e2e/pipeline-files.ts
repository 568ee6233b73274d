// The pipeline files of the run, made from the chart's: first the flights alone; then, by a rolling upgrade, with one of
// their models removed and another added, and a second pipeline.

export interface PipelineFiles {
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
}

export const STAYING = ["linear", "mean"];
export const REMOVED = "median";
export const ADDED = "steady";
/** The pipeline that comes with the upgrade: until then its event is a dead letter. */
export const LATER = "line";

const GONE = /^ {2}median: .*\n/m;
const NEW = `  ${ADDED}:
    - standard-scaler: { only: numbers }
    - linear-regression: { optimizer: { sgd: { learningRate: 0.001 } } }
`;

/** @throws Error if the flights' file no longer has such a model. */
export function pipelineFiles(flights: string, line: string): PipelineFiles {
  if (!GONE.test(flights)) throw new Error(`helm/pipelines/flights.yaml has no model ${REMOVED} on a line of its own`);
  return { before: { flights }, after: { flights: flights.replace(GONE, NEW), [LATER]: line } };
}
