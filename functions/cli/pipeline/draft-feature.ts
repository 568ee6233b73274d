// A feature of a drafted pipeline file.

export interface DraftFeature {
  readonly from: string;
  readonly as: "number" | "boolean" | "one-hot" | "hour-of-day" | "day-of-week";
  /** Where its usual name is no name, or taken. */
  readonly name?: string;
}
