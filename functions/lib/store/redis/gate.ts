// While there is no connection, calls wait for a moment, so that a short break goes unnoticed. Once it has been away for
// longer, all calls are refused at once, also those made before it was lost.

export interface Gate {
  /** For work inside `within`: resolves when there is a connection, rejects where it has been away for too long. */
  passed(): Promise<void>;
  /**
   * Rejects when the connection has been away for too long before `work` was done, or `work` has taken `ms`. From then on
   * `isAwaited` is false.
   */
  within<T>(ms: number, work: (isAwaited: () => boolean) => Promise<T>): Promise<T>;
  /** There is a connection. */
  open(): void;
  /** There is none yet, or not any more. */
  shut(): void;
  /** Refuses all calls, also those that wait. */
  close(): void;
}

/** Shut at first; patience starts with the first `shut`. `refusal` makes the error to reject with. */
export function createGate(patienceMs: number, refusal: () => Error): Gate {
  let state: "open" | "shut" | "impatient" = "shut";
  let timer: NodeJS.Timeout | undefined;
  let waiting: (() => void)[] = [];
  const inside = new Set<(error: Error) => void>();

  function enter(next: typeof state): void {
    clearTimeout(timer);
    timer = undefined;
    state = next;
    if (state === "shut") timer = setTimeout(() => enter("impatient"), patienceMs);
    if (state === "impatient") {
      for (const reject of inside) reject(refusal());
      inside.clear();
      waiting = []; // these calls are among those that were just rejected
    }
    if (state !== "open") return;
    const those = waiting;
    waiting = [];
    for (const pass of those) pass();
  }

  return {
    passed() {
      if (state === "open") return Promise.resolve();
      if (state === "impatient") return Promise.reject(refusal());
      return new Promise((pass) => waiting.push(pass));
    },
    within: (ms, work) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          inside.delete(reject);
          reject(new Error(`it timed out after ${ms} ms`));
        }, ms);
        inside.add(reject);
        const left = () => {
          clearTimeout(late);
          inside.delete(reject);
        };
        work(() => inside.has(reject))
          .then(resolve, reject)
          .finally(left);
      }),
    open: () => enter("open"),
    shut() {
      if (state !== "impatient" && timer === undefined) enter("shut");
    },
    close: () => enter("impatient"),
  };
}
