import { defineConfig } from "vitest/config";

export default defineConfig({ test: { globalSetup: ["functions/local/kafka/shared-kafka.contract.ts"] } });
