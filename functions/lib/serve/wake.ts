// Wakes the steps that come after this one while it starts itself. On a cluster a step that sleeps needs a second or more to wake:
// if each waited for its own first event, these times would add up.

import { asError } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";

/** Knative holds a request until there is a pod. */
const PATIENCE_MS = 60_000;

/** Asks each address once, and waits for none of the answers: who is not woken so wakes with its own first event. */
export function wake(addresses: readonly string[], log: Log): void {
  for (const url of addresses) {
    const failed = (why: string) => log.info({ url, why }, "not woken ahead; it wakes with its own first event");
    const { get } = process.getBuiltinModule(url.startsWith("https:") ? "node:https" : "node:http");
    const options = { agent: false, signal: AbortSignal.timeout(PATIENCE_MS) } as const;
    const sent = get(url, options, (response) => {
      response.resume();
      if (response.statusCode !== 200) failed(`it answered ${response.statusCode}`);
    });
    sent.on("error", (error) => failed(asError(error).message));
  }
}
