// Removes all of a run: its release, its namespace, its topics, its keys in the store.

import type { CommandContext } from "../cli/context.ts";
import { openClusterAccess, reachStore } from "../cluster/access.ts";
import type { Forwards } from "../cluster/forward.ts";
import { asError } from "../lib/errors.ts";
import { FailedError } from "../lib/failure.ts";
import { count } from "../lib/figures.ts";
import { parseRedisAddress } from "../lib/store/redis/address.ts";
import type { Release } from "./release.ts";
import { removeKeys } from "./store-keys.ts";
import type { Timeline } from "./timeline.ts";

/** @param isInstalled false: there is no release to ask. */
export async function clean(
  context: CommandContext,
  release: Release,
  forwards: Forwards,
  timeline: Timeline,
  isInstalled: boolean,
): Promise<void> {
  if (isInstalled) await removeDecisions(context, release, timeline);
  await release.remove();
  const keys = await removeStored(release, forwards);
  timeline.say("clean", `release, namespace, topics and ${count(keys)} keys of the store are gone`);
}

/** With an access of its own: the run's may be what failed. */
async function removeDecisions(context: CommandContext, { namespace }: Release, timeline: Timeline): Promise<void> {
  const access = await openClusterAccess(context, { namespace });
  try {
    await (await access.data()).log.removeDecisions?.();
  } catch (error) {
    timeline.note("clean", `what was decided of dead letters stays in Kafka: ${asError(error).message}`);
  } finally {
    await access.close();
  }
}

/** How many keys there were. */
export async function removeStored({ store }: Release, forwards: Forwards): Promise<number> {
  const address = parseRedisAddress(store);
  if (address === undefined) throw new FailedError("the address of the store takes no name before its keys");
  const { local, missing } = await reachStore(forwards, address);
  const why = missing();
  if (why !== undefined) throw new FailedError(`the store cannot be reached: ${why}`);
  return removeKeys(local);
}
