// Ctrl-C and SIGTERM: the first asks for a clean end, a second one ends at once.

import { ExitCode } from "./exit.ts";

export interface Interrupt {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** The exit code of a process that this signal ended. */
  exitCode(): ExitCode;
  /** Restores the default handling of signals. */
  dispose(): void;
}

export function catchInterrupt(onFirst: () => void = () => {}): Interrupt {
  const controller = new AbortController();
  let code: ExitCode = ExitCode.interrupted;
  const on = (name: NodeJS.Signals) => {
    code = name === "SIGTERM" ? ExitCode.terminated : ExitCode.interrupted;
    if (controller.signal.aborted) process.exit(code);
    onFirst();
    controller.abort();
  };
  process.on("SIGINT", on);
  process.on("SIGTERM", on);
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose() {
      process.off("SIGINT", on);
      process.off("SIGTERM", on);
    },
  };
}

/** Resolves once the signal has aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
