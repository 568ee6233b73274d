// What some tests need beside Node. Such a suite bears the need's name as a tag; where the need is not met its tests are skipped,
// and the run closes with a line for each need: how many tests were skipped for it, and what brings it.

import { existsSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** Debian's, unless another is named. */
export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
/** In CI it must be there. */
export const hasChromium = existsSync(CHROMIUM) || process.env["CI"] === "true";

/** By tag: what is needed, and the command or setting that brings it. */
export const TEST_NEEDS: Readonly<Record<string, readonly [what: string, bring: string]>> = {
  redis: ["a redis-server", "apt-get install redis-server redis-tools"],
  kafka: [
    "a Kafka",
    "apt-get install default-jdk-headless maven, which fetches its jars; or KAFKA_BROKERS=<host:port>",
  ],
  node20: ["Node 20.17", "npm install, which fetches it once: it needs npm's registry"],
  java: ["a Java compiler and maven", "apt-get install default-jdk-headless maven"],
  kubernetes: ["an API server with Knative's CRDs", "WADI_TEST_KUBECONFIG=<file>"],
  helm: ["helm", "https://helm.sh/docs/intro/install"],
  openssl: ["openssl", "apt-get install openssl"],
  python: ["Python with venv", "apt-get install python3-venv"],
  chromium: ["Chromium", "apt-get install chromium; or CHROMIUM=<its path>"],
  bash: ["bash", "apt-get install bash"],
  zsh: ["zsh", "apt-get install zsh"],
  fish: ["fish", "apt-get install fish"],
  "another-user": ["another user than root", "run the tests as that user"],
};

/** The closing lines of a run. A test that is skipped for no such need is counted, too: nothing is left out silently. */
export function skippedLines(skipped: readonly { readonly tags: readonly string[] }[]): string[] {
  const counts = new Map<string, number>();
  for (const { tags } of skipped) {
    const needs = tags.filter((tag) => Object.hasOwn(TEST_NEEDS, tag));
    for (const need of needs.length > 0 ? needs : [""]) counts.set(need, (counts.get(need) ?? 0) + 1);
  }
  return [...counts].map(([need, count]) => {
    const [what, bring] = TEST_NEEDS[need] ?? ["a reason of their own", "their titles say which"];
    return `skipped ${count} test${count === 1 ? "" : "s"} for want of ${what}: ${bring}`;
  });
}

export const skippedReporter: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const skipped = modules.flatMap((module) => [...module.children.allTests("skipped")]);
    for (const line of skippedLines(skipped)) process.stdout.write(`${line}\n`);
  },
};
