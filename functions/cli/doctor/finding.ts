// A finding of `wadi doctor`.

export interface Finding {
  readonly name: string;
  readonly level: "ok" | "warn" | "fail";
  /** What was found. */
  readonly message: string;
  /** What to do; absent where all is well. */
  readonly cure?: string;
}

export const ok = (name: string, message: string): Finding => ({ name, level: "ok", message });
export const warn = (name: string, message: string, cure: string): Finding => ({ name, level: "warn", message, cure });
export const fail = (name: string, message: string, cure: string): Finding => ({ name, level: "fail", message, cure });
