// The archive on a cluster, as a process beside it sees it: asked over HTTP, for it is a pod of its own.

import { asError, UnavailableError } from "../../lib/errors.ts";
import type { ArchiveStatus } from "../shapes/archive.ts";

export interface ArchivePod {
  /** Where it answers: `http://archive.wadi.svc.cluster.local`. @throws with the cure where there is no way to it. */
  readonly url: () => Promise<string>;
  readonly namespace: string;
}

/** It answers from its memory, though the first answer on a busy node takes seconds. */
const ANSWER_MS = 5000;

/** What it has, and how far it is behind. @throws UnavailableError where it does not answer. */
export async function askArchivePod({ url, namespace }: ArchivePod): Promise<ArchiveStatus> {
  const base = await url().catch((cause: unknown) => {
    throw away(`cannot be reached: ${asError(cause).message}`, cause);
  });
  try {
    const response = await fetch(`${base}/archive`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(`status ${response.status}`);
    return JSON.parse(text) as ArchiveStatus;
  } catch (error) {
    const { message, cause } = asError(error);
    const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
    const cure = `see why: kubectl -n ${namespace} get pods -l app.kubernetes.io/component=archive`;
    throw away(`does not answer (${why}); ${cure}`, error);
  }
}

function away(what: string, cause: unknown): UnavailableError {
  return new UnavailableError("archive-away", `the archive's pod ${what}`, { cause });
}
