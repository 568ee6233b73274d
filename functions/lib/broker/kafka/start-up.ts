// A broker comes up when Kafka can be reached, and does not wait for it longer than one try.

import { setTimeout as sleep } from "node:timers/promises";
import { ConfigurationError } from "../../errors.ts";

export interface StartUp {
  /** Connects, makes topics, joins groups. Called again after it failed. */
  bringUp(): Promise<void>;
  /** What Kafka's failure is to us. */
  failure(error: unknown): Error;
  /** A try failed; there will be another one. */
  failed(error: Error): void;
  isStopped(): boolean;
}

const AGAIN_MS = 500;

/**
 * Resolves when it is up, or when the first try failed because Kafka is away: then it is tried again in the background.
 * @throws ConfigurationError where the first try shows that a setting is wrong.
 */
export async function startUp(options: StartUp): Promise<void> {
  const { bringUp, failure, failed } = options;
  try {
    await bringUp();
  } catch (thrown) {
    const error = failure(thrown);
    if (error instanceof ConfigurationError) throw error;
    failed(error);
    void tryAgain(options);
  }
}

async function tryAgain({ bringUp, failure, failed, isStopped }: StartUp): Promise<void> {
  for (;;) {
    await sleep(AGAIN_MS);
    if (isStopped()) return;
    try {
      await bringUp();
      return;
    } catch (thrown) {
      failed(failure(thrown));
    }
  }
}
