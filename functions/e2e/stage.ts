// What the acts of a run share.

import type { ModelSetDetail } from "../admin/shapes/shapes.ts";
import type { ClusterAccess, ClusterData } from "../cluster/access.ts";
import type { Outgoing } from "../feed/late-labels.ts";
import { sendEvents } from "../feed/sender.ts";
import { NotFoundError } from "../lib/errors.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { FailedError } from "../lib/failure.ts";
import { createPace } from "../lib/pause.ts";
import type { PodWatch } from "./pod-watch.ts";
import type { Timeline } from "./timeline.ts";
import type { Patience } from "./until.ts";

export interface Stage extends Patience {
  /** Of the run's own release; opened again after an upgrade, since it knows the pipeline files. */
  access: ClusterAccess;
  readonly timeline: Timeline;
  readonly pods: PodWatch;
  /** The Broker's ingress, as reached from here. */
  readonly url: string;
}

export const FLIGHTS = "flights";
/** Events sent to the Broker at once. */
const LIMIT = 64;

export async function modelOf({ access }: Stage, set: string): Promise<ModelSetDetail | undefined> {
  const { admin }: ClusterData = await access.data();
  try {
    return await admin.model(set, { history: 0 });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

export interface SendOptions {
  /** Events a second; default: no limit. */
  readonly perSecond?: number;
  accepted?(all: number): void;
}

/** The number of events, all of them accepted. @throws FailedError if one was not. */
export async function send(
  { url, clock, signal }: Stage,
  events: AsyncIterable<Outgoing> | Iterable<Outgoing>,
  { perSecond, accepted }: SendOptions = {},
): Promise<number> {
  let all = 0;
  let refused: string | undefined;
  await sendEvents(events, {
    ...{ url, limit: LIMIT, clock, signal },
    ready: createPace(perSecond, clock, signal),
    accepted() {
      all++;
      accepted?.(all);
    },
    refused(_, reason) {
      refused ??= reason;
    },
  });
  if (refused !== undefined) throw new FailedError(`the Broker refused an event: ${refused}`);
  if (signal.aborted) throw new FailedError("it was interrupted");
  return all;
}

export const sendOne = (stage: Stage, event: Event): Promise<number> => send(stage, [{ event }]);
