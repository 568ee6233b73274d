// What is wrong with a pipeline file: all of it, not just the first.

import { ConfigurationError } from "./errors.ts";

/** A place in the file: `["models", "linear", 1, "linear-regression"]`. */
export type Path = readonly (string | number)[];

const MAX_SHOWN = 50;

/** `models.linear[1].linear-regression`; keys that would be hard to read are quoted, long ones cut. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const short = step.length > 60 ? `${step.slice(0, 60).toWellFormed()}...` : step;
    if (!/^[A-Za-z0-9_-]+$/.test(step)) return `${text}[${JSON.stringify(short)}]`;
    return text === "" ? short : `${text}.${short}`;
  }, "");
}

/** Collects problems, each with its place and its cure. */
export class Problems {
  readonly #lines = new Set<string>();
  readonly #sections = new Set<string>();

  add(path: Path, problem: string): void {
    const line = path.length === 0 ? problem : `${pathText(path)}: ${problem}`;
    this.#lines.add(line);
    this.#sections.add(String(path[0] ?? ""));
  }

  /** The top-level keys that have problems by now; "" where the file as a whole has. */
  get sections(): ReadonlySet<string> {
    return new Set(this.#sections);
  }

  get any(): boolean {
    return this.#lines.size > 0;
  }

  /** @throws ConfigurationError with every problem, if there is any. */
  throwIfAny(file: string): void {
    if (!this.any) return;
    const lines = [...this.#lines];
    if (lines.length === 1) throw new ConfigurationError(`${file}: ${lines[0]}`);
    const shown = lines.slice(0, MAX_SHOWN).map((line) => `\n  - ${line}`);
    const more = lines.length > MAX_SHOWN ? `\n  - and ${lines.length - MAX_SHOWN} more` : "";
    throw new ConfigurationError(`${file} has ${lines.length} problems:${shown.join("")}${more}`);
  }
}

/** A value as a problem shows it: short, and never more than a line. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60).toWellFormed()}...` : text;
}
