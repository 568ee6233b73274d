// The chart's pipeline files.

import { readFileSync } from "node:fs";

/** @param name without its extension. */
export function readChartFile(name: string): string {
  return readFileSync(new URL(`../../helm/pipelines/${name}.yaml`, import.meta.url), "utf8");
}
