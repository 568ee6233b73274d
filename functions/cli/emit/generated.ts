// `wadi emit --generate`: which generator, with which options, and what its events are called.

import { randomInt } from "node:crypto";
import { type AppSessionsOptions, DEFAULT_USERS } from "../../feed/generators/app-sessions/app-sessions.ts";
import { generators } from "../../feed/generators/index.ts";
import type { LineOptions } from "../../feed/generators/line.ts";
import type { Row } from "../../feed/rows/row.ts";
import { lineSource, sessionsSource } from "../../feed/sources.ts";
import { UsageError } from "../../lib/failure.ts";
import { suggestion } from "../../lib/nearest.ts";
import { realNumber, wholeNumber } from "../option-values.ts";
import { refuseFlags } from "../rows/file-input.ts";
import type { EmitFlags } from "./flags.ts";

export type Generated =
  | { readonly kind: "line"; readonly line: LineOptions & Many }
  | { readonly kind: "app-sessions"; readonly sessions: AppSessionsOptions & Many; readonly speed?: number };

/** What is sent comes to an end. */
interface Many {
  readonly n: number;
}

export const LINE_DEFAULTS = { n: 1000, beta: 2, sigma: 0.1 } as const;

const MAX_SEED = 2 ** 32 - 1;
const MAX_USERS = 1_000_000;
const LARGEST = 1e9;
const OF_LINE = ["beta", "sigma", "thenBeta"] as const;
const OF_SESSIONS = ["users", "speed"] as const;
/** Options by whose they are. */
export const OF_GENERATORS = {
  line: OF_LINE,
  "app-sessions": OF_SESSIONS,
  "line or app-sessions": ["n", "seed", "thenAt"],
} as const;

/** @throws UsageError. */
export function readGenerated(name: string, flags: EmitFlags): Generated {
  if (name === "line") {
    refuseFlags(flags, OF_SESSIONS, "is for --generate app-sessions");
    return { kind: "line", line: readLine(flags) };
  }
  if (name === "app-sessions") {
    refuseFlags(flags, OF_LINE, "is for --generate line");
    refuseFlags(flags, ["lateLabels", "target"], "is not for app-sessions, whose labels come when a session has ended");
    const speed = flags.speed === undefined ? {} : { speed: realNumber("--speed", flags.speed, 0.001, LARGEST) };
    return { kind: "app-sessions", sessions: readSessions(flags), ...speed };
  }
  const cure = suggestion(name, Object.keys(generators));
  throw new UsageError(`--generate: there is no generator ${JSON.stringify(name)}${cure}`);
}

/** A new seed each time: rows of a used seed are known to Wadi and would not be learned again. */
function common({ n, seed }: EmitFlags) {
  return {
    n: n === undefined ? LINE_DEFAULTS.n : wholeNumber("--n", n, 1),
    seed: seed === undefined ? randomInt(1_000_000) : wholeNumber("--seed", seed, 0, MAX_SEED),
  };
}

function readLine(flags: EmitFlags): LineOptions & Many {
  const real = (flag: string, text: string | undefined, fallback: number, min = -LARGEST) =>
    text === undefined ? fallback : realNumber(flag, text, min, LARGEST);
  const { n, seed } = common(flags);
  const beta = real("--beta", flags.beta, LINE_DEFAULTS.beta);
  const line = { n, beta, sigma: real("--sigma", flags.sigma, LINE_DEFAULTS.sigma, 0), seed };
  if (flags.thenBeta === undefined) {
    if (flags.thenAt !== undefined) throw new UsageError("--then-at needs --then-beta: the slope from that row on");
    return line;
  }
  const at = changeAt(flags.thenAt, n);
  return { ...line, change: { beta: realNumber("--then-beta", flags.thenBeta, -LARGEST, LARGEST), at } };
}

function readSessions(flags: EmitFlags): AppSessionsOptions & Many {
  const { n, seed } = common(flags);
  const users = flags.users === undefined ? DEFAULT_USERS : wholeNumber("--users", flags.users, 1, MAX_USERS);
  return { n, users, seed, ...(flags.thenAt !== "never" && { thenAt: changeAt(flags.thenAt, n) }) };
}

/** The row, from 1, at which a change begins. */
function changeAt(text: string | undefined, n: number): number {
  const at = text === undefined ? Math.floor(n / 2) + 1 : wholeNumber("--then-at", text, 1);
  if (at > n) throw new UsageError(`--then-at ${at} is behind the last of the ${n} rows; lower it or raise --n`);
  return at;
}

export function optionsOf(generated: Generated): (LineOptions | AppSessionsOptions) & Many {
  return generated.kind === "line" ? generated.line : generated.sessions;
}

export function rowsOf(generated: Generated): Generator<Row, void, void> {
  return generated.kind === "line"
    ? generators.line.rows(generated.line)
    : generators["app-sessions"].rows(generated.sessions);
}

/** The same options have the same source, but for `n`. */
export function sourceOf(generated: Generated): string {
  return generated.kind === "line" ? lineSource(generated.line) : sessionsSource(generated.sessions);
}
