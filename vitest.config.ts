import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./functions/longest-first.contract.ts";
import { CHROMIUM, hasChromium, skippedReporter, TEST_NEEDS } from "./functions/test-needs.contract.ts";

/** What runs in a browser, and is tested there. */
const PAGE = "functions/dashboard/page/**/*.test.ts";

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          include: ["functions/**/*.test.ts"],
          exclude: [PAGE],
          setupFiles: ["functions/each-file.contract.ts"],
          globalSetup: ["functions/lib/broker/kafka/shared-kafka.contract.ts"],
        },
      },
      {
        extends: true,
        test: { name: "bench", include: [process.env["SOAK"] === "long" ? "bench/*.test.ts" : "bench/bench.test.ts"] },
      },
      {
        extends: true,
        test: {
          name: "page",
          include: hasChromium ? [PAGE] : [],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: CHROMIUM, args: ["--no-sandbox"] } }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
    // One more than there are cores: much of what takes long waits for a process, Redis or Kafka.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // A worker takes one file after the other: no test mocks a module or changes what is global and leaves it so.
    isolate: false,
    // What a test starts as a process keeps what Node compiled for it, as the wadi command does.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/wadi", import.meta.url)) },
    // They say that something hangs, not that it is slow: not even beside CI's build of an API server.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    tags: Object.entries(TEST_NEEDS).map(([name, [what]]) => ({ name, description: `needs ${what}` })),
    reporters: ["default", skippedReporter],
    // Only with --coverage: to count lines makes the learners take half as long again.
    coverage: {
      provider: "v8",
      include: ["functions/**/*.ts"],
      // What runs in a browser is run there.
      exclude: ["**/*.test.ts", "**/*.contract.ts", "functions/dashboard/page/**"],
      reporter: ["text-summary"],
    },
  },
});
