// The archive as the dashboard shows and replays it: its pod is asked how far it is, and what is replayed is read from the table itself.

import type { ArchivePort } from "../admin/admin.ts";
import { askArchivePod } from "../admin/open/archive-pod.ts";
import type { ReadBroker } from "../admin/open/cluster.ts";
import type { ArchiveStatus } from "../admin/shapes/archive.ts";
import type { Objects } from "../archive/delta/objects.ts";
import { readArchivePlace } from "../archive/place.ts";
import type { Clock } from "../lib/clock.ts";
import type { DashboardConfig, Env } from "../lib/config.ts";
import { UnsupportedError } from "../lib/errors.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";

export interface ArchivePortOptions {
  readonly config: Pick<DashboardConfig, "archiveUrl" | "archive" | "namespace">;
  /** For the credentials of a store of objects. */
  readonly env: Env;
  readonly pipelines: Pipelines;
  readonly log: ReadBroker["log"];
  readonly clock: Clock;
}

const KEPT_MS = 1000;
const FAILURE_KEPT_MS = 10_000;

/** Undefined where none is kept. @throws ConfigurationError for a place that cannot be one. */
export function openArchivePort({ config, env, pipelines, log, clock }: ArchivePortOptions): ArchivePort | undefined {
  const { archiveUrl, archive, namespace } = config;
  if (archiveUrl === undefined) return undefined;
  const place = archive === undefined ? undefined : readArchivePlace(archive, env);
  const url = async () => archiveUrl;
  let objects: Promise<Objects> | undefined;
  let kept: { readonly at: number; keptMs: number; readonly answer: Promise<ArchiveStatus> } | undefined;

  /** Every open page asks each second; and one that does not answer keeps the whole status waiting. */
  function read(): Promise<ArchiveStatus> {
    const now = clock.now();
    // The clock may have been set back.
    if (kept === undefined || now - kept.at >= kept.keptMs || now < kept.at) {
      const answer = askArchivePod({ url, namespace });
      const asked = { at: now, keptMs: KEPT_MS, answer };
      answer.catch(() => {
        asked.keptMs = FAILURE_KEPT_MS;
      });
      kept = asked;
    }
    return kept.answer;
  }

  return {
    read,
    async history(pipeline) {
      if (place === undefined) {
        throw new UnsupportedError(
          "archive-elsewhere",
          "the archive is a folder of a volume that its own pod alone mounts, so the dashboard cannot replay it: set archive.shared " +
            "of the chart where all nodes may mount the volume at once, or keep the archive in s3://bucket/prefix",
        );
      }
      // Loaded only where it is wanted.
      const [{ openObjects }, { historyIn }] = await Promise.all([
        import("../archive/place.ts"),
        import("../archive/open.ts"),
      ]);
      const logName = (await log.name?.()) ?? "log";
      objects ??= openObjects(place, clock);
      return historyIn(await objects, { log, logName, pipelines }, pipeline);
    },
  };
}
