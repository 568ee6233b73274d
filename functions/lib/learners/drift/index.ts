// Every drift detector that a pipeline file can name. To add one: its file, and a line here.

import type { Part } from "../learner.ts";
import { entryOf, readPart } from "../named-part.ts";
import { adwin } from "./adwin.ts";
import { ddm } from "./ddm.ts";
import type { Detector, DetectorType } from "./detector.ts";
import { eddm } from "./eddm.ts";
import { kswin } from "./kswin.ts";
import { pageHinkley } from "./page-hinkley.ts";

export const detectorTypes: Readonly<Record<string, DetectorType>> = Object.fromEntries(
  [adwin, pageHinkley, kswin, ddm, eddm].map((type) => [type.name, type]),
);

/** @throws ConfigurationError for a detector that does not exist. */
export function createDetector(part: Part): Detector {
  const { name, options } = readPart(part);
  return entryOf(detectorTypes, name).create(options);
}
