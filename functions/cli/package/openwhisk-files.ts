// What stands beside the zips of a package for Apache OpenWhisk: manifest, script and read-me.
// Manifest: https://github.com/apache/openwhisk-wskdeploy/blob/master/specification/html/spec_actions.md

import type { StepName } from "../../lib/events/vocabulary.ts";
import { VERSION } from "../../lib/version.ts";

/** What the zips need at least. */
export const DEFAULT_KIND = "nodejs:20";
const TIMEOUT_MS = 60_000;
const MEMORY_MB = 256;
/** Of a request from the broker: base64 makes four bytes of three, and 1 MiB is the most with the headers. */
export const MAX_STEP_BYTES = 716_800;

/** Validate keeps nothing. */
export const hasStore = (step: StepName) => step !== "validate";

/** For wskdeploy, which puts the environment's values for the names that begin with a dollar. */
export function manifestOf(steps: readonly StepName[], kind: string): string {
  const actions = steps.map(
    (step) => `      ${step}:
        function: ${step}.zip
        runtime: ${kind}
        web-export: raw
        annotations:
          require-whisk-auth: $WADI_WHISK_AUTH
        limits:
          timeout: ${TIMEOUT_MS}
          memorySize: ${MEMORY_MB}
${hasStore(step) ? "        inputs:\n          WADI_STORE:\n            type: string\n            value: $WADI_STORE\n" : ""}`,
  );
  return `# Made by wadi package openwhisk. Deploy it with: wskdeploy -m manifest.yaml
# Set WADI_STORE (the Redis) and WADI_WHISK_AUTH (a secret of your own) before.
# How many events a container takes at once is the platform's default, 1: wskdeploy has no key for it.
packages:
  wadi:
    version: ${VERSION}
    license: Apache-2.0
    actions:
${actions.join("")}`;
}

export function deployScript(steps: readonly StepName[], kind: string): string {
  const [limits, auth] = [`--timeout ${TIMEOUT_MS} --memory ${MEMORY_MB}`, `--web raw --web-secure "$WADI_WHISK_AUTH"`];
  const lines = steps.map((step) => {
    const store = hasStore(step) ? ' --param WADI_STORE "$WADI_STORE"' : "";
    return `wsk action update wadi/${step} ${step}.zip --kind ${kind} ${auth} ${limits} --concurrency "$concurrency"${store}`;
  });
  return `#!/bin/sh
# Made by wadi package openwhisk: deploys the actions with wsk, for whoever has no wskdeploy.
set -eu
cd "$(dirname "$0")"
: "\${WADI_STORE:?set it to the Redis of all steps, as redis://user:password@redis.example.com:6379}"
: "\${WADI_WHISK_AUTH:?set it to a secret of your own, which wadi start sends with each call}"
concurrency="\${WADI_WHISK_CONCURRENCY:-1}"
wsk package update wadi
${lines.join("\n")}
wsk action get wadi/${steps[0]} --url
`;
}

export function readMe(steps: readonly StepName[], pipelines: readonly string[]): string {
  return `# Wadi on Apache OpenWhisk

Made by \`wadi package openwhisk\` of Wadi ${VERSION}. The actions ${steps.join(", ")}, each a zip that needs nothing else, with the
pipelines ${pipelines.join(", ")} in it. Make it anew when a pipeline changes.

## Deploy

The actions share a Redis, which they must reach. No address and no secret is in the zips: both are parameters.

    export WADI_STORE=redis://user:password@redis.example.com:6379
    export WADI_WHISK_AUTH=<a long random text>
    wskdeploy -m manifest.yaml        # or, without wskdeploy: ./deploy.sh

A platform may have another name for Node 20 or later than \`${DEFAULT_KIND}\`, as \`nodejs:default\`: make the package with --kind. More
settings of a step (WADI_LOG_LEVEL, WADI_LEARN_ORDER, ...) are more parameters of its action.

## Call them

Wadi's own broker calls the actions, tries again, publishes what they answer and keeps the dead letters. From a checkout:

    WADI_STEPS_HEADERS="X-Require-Whisk-Auth: $WADI_WHISK_AUTH" ./wadi start --redis "$WADI_STORE" \\
      --steps https://<apihost>/api/v1/web/<namespace>/wadi/ --steps-max-bytes ${MAX_STEP_BYTES}

It must have the same pipelines, and --kafka puts its events into Kafka. \`wadi doctor --steps ...\` asks each action whether it is there.

## What to expect

By default OpenWhisk runs 120 actions a minute for a namespace, one event at a time in a container, for at most 60 s, with at most 1 MiB in
and out: an observation with its label takes four runs, so this is for trying it out, unless whoever runs the platform raises its limits.
Events wait meanwhile; what finds no run in time is a dead letter that can be sent again, and each is learned once. Several containers of
learn that take one event each contend for one model: --steps-concurrency 1 is faster.
`;
}
