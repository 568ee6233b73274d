// The counters of a step's pods, added up. Read from each pod's `/metrics`, since they are gone when the pod is.

export interface StepFigures {
  readonly committed: number;
  readonly conflicts: number;
  /** Answers that make the Broker try again. */
  readonly retried: number;
}

/** @param pods the newest `/metrics` of each pod. */
export function figuresOf(pods: Iterable<string>): StepFigures {
  const texts = [...pods];
  return {
    committed: sum(texts, "wadi_commits_total", /outcome="committed"/),
    conflicts: sum(texts, "wadi_commits_total", /outcome="conflict"/),
    retried: sum(texts, "wadi_answers_total", /status="(408|409|429|5\d\d)"/),
  };
}

function sum(texts: readonly string[], name: string, labels: RegExp): number {
  let total = 0;
  for (const text of texts) {
    for (const line of text.split("\n")) {
      const [, found = "", value] = /^(\w+\{[^}]*\}) (\S+)$/.exec(line) ?? [];
      if (found.startsWith(`${name}{`) && labels.test(found)) total += Number(value);
    }
  }
  return total;
}
