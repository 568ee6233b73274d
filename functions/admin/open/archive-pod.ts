// The archive on a cluster, as a process beside it sees it: asked over HTTP, for it is a pod of its own.

import { asError, UnavailableError } from "../../lib/errors.ts";
import type { ArchiveStatus } from "../shapes/archive.ts";

export interface ArchivePod {
  /** Where it answers: `http://archive.wadi.svc.cluster.local`. @throws with the cure where there is no way to it. */
  readonly url: () => Promise<string>;
  readonly namespace: string;
}

/** It answers from its memory. */
const ANSWER_MS = 2000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** What it has, and how far it is behind. @throws UnavailableError where it does not answer. */
export async function askArchivePod({ url, namespace }: ArchivePod): Promise<ArchiveStatus> {
  const cure = `see why: kubectl -n ${namespace} get pods -l app.kubernetes.io/component=archive`;
  try {
    const response = await fetch(`${await url()}/archive`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    if (text.length > MAX_ANSWER_BYTES) throw new Error("its answer is too large");
    return JSON.parse(text) as ArchiveStatus;
  } catch (cause) {
    const { message, cause: inner } = asError(cause);
    const why = inner instanceof Error ? `${message}: ${inner.message}` : message;
    throw new UnavailableError("archive-away", `the archive's pod does not answer (${why}); ${cure}`, { cause });
  }
}
