// What the tests of steps elsewhere send, and how it is delivered there so that weights can be compared to the bit.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { label, observation, root, type Sent, temporaryFolder } from "../wadi-under-test.contract.ts";

/** The label of each third flight comes by itself, seven observations later. */
export function lateFlights(flights: number): Sent[] {
  return Array.from({ length: flights + 7 }, (_, i) => {
    const late = i - 7;
    const labels = late >= 0 && late % 3 === 0 ? [label(late)] : [];
    return [...labels, ...(i < flights ? [observation(i, i % 3 !== 0)] : [])];
  }).flat();
}

/** A file of values: in order, as `learn: order: ordered` of the chart has it, and impatient. */
export function orderedValues(timeout: string): string {
  const file = join(temporaryFolder(), "values.yaml");
  const delivery = `{ retry: 200, backoffPolicy: linear, backoffDelay: PT0.002S, timeout: ${timeout} }`;
  const text = readFileSync(join(root, "helm/values.yaml"), "utf8")
    .replaceAll(/order: unordered/g, "order: ordered")
    .replaceAll(/\{ retry: [^}]*\}/g, delivery);
  writeFileSync(file, text);
  return file;
}
