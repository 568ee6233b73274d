// What tests ask beside Wadi and fetch when they first do, fetched ahead of them: .ci/run does it while it checks the sources.

import { kafkaJars } from "../local/services/kafka-jars.ts";
import { JAVA_LIBRARIES, type JavaLibrary, javaLibrary } from "./java.contract.ts";
import { nodeOf, OLDEST_NODE } from "./node.contract.ts";
import { pythonWith, TEST_PEERS } from "./python.contract.ts";

/** One after the other: Maven's own folder is not for two at once. */
async function fetchJars(): Promise<void> {
  await kafkaJars(process.env);
  for (const name of Object.keys(JAVA_LIBRARIES)) await javaLibrary(name as JavaLibrary);
}

await Promise.all([fetchJars(), pythonWith(TEST_PEERS, "deltalake"), nodeOf(OLDEST_NODE)]);
