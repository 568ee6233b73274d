// The archive's writer and delta-rs beside it, in turn, each in a process of its own: the same flights, 1,000 rows a commit.

import { join } from "node:path";
import { isS3 } from "../functions/archive/delta/s3/place.ts";
import type { Session } from "./session.ts";

export interface Written {
  /** Microseconds a row, user and system. */
  readonly cpu: number;
  /** Rows a second. */
  readonly rate: number;
  /** The median. */
  readonly commitMs: number;
  /** Of a row, compacted; and as gzipped JSON. Only where it was asked. */
  readonly bytes?: number;
  readonly gzip?: number;
}

export interface WriterWork {
  readonly warm: number;
  readonly commits: number;
  readonly weigh?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export async function writeOurs(session: Session, at: string, work: WriterWork): Promise<Written> {
  const { env = {}, ...rest } = work;
  const program = join(import.meta.dirname, "archive-writer.ts");
  return readLine(session.node([program, JSON.stringify({ at, ...rest })], { env }).find(/^\{.*$/));
}

/** `source`: a table on this disk that has the rows. */
export async function writeDeltaRs(
  session: Session,
  python: string,
  source: string,
  at: string,
  { warm, commits, env = {} }: WriterWork,
): Promise<Written> {
  const program = join(import.meta.dirname, "archive_writer.py");
  const options = isS3(at) ? [JSON.stringify({ ...env, AWS_ALLOW_HTTP: "true" })] : [];
  const args = [program, source, at, String(warm), String(commits), ...options];
  return readLine(session.start(python, args).find(/^\{.*$/));
}

async function readLine(found: Promise<RegExpExecArray>): Promise<Written> {
  return JSON.parse((await found)[0]) as Written;
}
