import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["functions/lib/broker/kafka/shared-kafka.contract.ts"],
    // Much of what takes long waits, for a process, Redis or Kafka: two at once use the time.
    maxWorkers: 2,
    // They say that something hangs, not that it is slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
