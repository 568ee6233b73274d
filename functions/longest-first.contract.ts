// The order of the test files. The last to begin should be short: what still runs when the others have ended has a core to itself.

import { join } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes ten seconds and more, the longest first. vitest knows nothing of them on a fresh clone, and takes the largest first. */
export const LONGEST: readonly string[] = [
  "bench/bench.test.ts",
  "functions/docs.test.ts",
  "functions/cli/run/demo.test.ts",
  "functions/local/soak-kafka.int.test.ts",
  "functions/lib/learners/learners.test.ts",
  "functions/lib/broker/kafka/kafka.int.test.ts",
  "functions/cli/archive/s3.test.ts",
  "functions/docs.int.test.ts",
  "functions/local/faults-crash.test.ts",
  "functions/local/crash.test.ts",
  "functions/local/shared-redis.int.test.ts",
  "functions/archive/soak.test.ts",
  "functions/cli/emit/killed.test.ts",
  "functions/lib/broker/kafka/sources/source.int.test.ts",
  "functions/lib/store/redis/earlier-wadi.int.test.ts",
  "functions/dashboard/in-browser/views.test.ts",
  "functions/dashboard/in-browser/many-sets.test.ts",
  "functions/lib/broker/kafka/binding.int.test.ts",
  "functions/lib/broker/kafka/log/kafka-log.int.test.ts",
];

export const ROOT = join(import.meta.dirname, "..");
const PLACES = new Map(LONGEST.map((file, place) => [join(ROOT, file), place]));

/** In an order that is the same for all that are not among the longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) => PLACES.get(moduleId) ?? PLACES.size;
    return others.sort((one, other) => place(one) - place(other));
  }
}
