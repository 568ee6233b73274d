import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["functions/lib/broker/kafka/shared-kafka.contract.ts"],
    // One a core; two on a single one, too, for much of what takes long waits for a process, Redis or Kafka.
    maxWorkers: Math.max(2, availableParallelism()),
    // They say that something hangs, not that it is slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
