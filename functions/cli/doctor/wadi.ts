// Store and broker, of a running Wadi or of the data folder of a stopped one.

import type { Admin } from "../../admin/admin.ts";
import type { Status } from "../../admin/shapes/shapes.ts";
import { asError, UnavailableError } from "../../lib/errors.ts";
import { count, duration, plural } from "../../lib/figures.ts";
import { REGRESSED_CURE } from "../../lib/lost-commits/watch.ts";
import { roughly } from "../../lib/times.ts";
import { checkStoreClock } from "./clock.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { checkSizes } from "./sizes.ts";

const MUCH_LAG = 1000;
const MUCH_ARCHIVE_LAG_S = 300;

export async function checkRunning(admin: Admin, now: number): Promise<Finding[]> {
  const status = await admin.status();
  const up = status.startedAt === undefined ? "" : `, up ${duration(Math.max(0, now - status.startedAt))}`;
  return [ok("running", `Wadi ${status.version} runs here${up}`), ...findings(status, now), ...(await sizes(admin))];
}

interface Stored {
  readonly dataFolder: string;
  readonly pipelinesFolder: string;
  readonly valuesFile: string;
}

export async function checkStored(stored: Stored): Promise<Finding[]> {
  try {
    const { openOfflineAdmin } = await import("../../admin/open/offline.ts");
    const { admin, close } = await openOfflineAdmin(stored);
    try {
      return [...findings(await admin.status(), 0), ...(await sizes(admin))];
    } finally {
      await close();
    }
  } catch (error) {
    const { message } = asError(error);
    const cure = /another Wadi process/.test(message)
      ? "wait until it answers, or stop it"
      : "restore a copy of the folder, or start over with another --data";
    return [fail("store", message, cure)];
  }
}

/** Nothing while the store is away: another finding says so. */
async function sizes(admin: Admin): Promise<Finding[]> {
  try {
    return await checkSizes(admin);
  } catch (error) {
    if (error instanceof UnavailableError) return [];
    throw error;
  }
}

const BY_ITSELF = "Wadi goes on by itself once it is back; no accepted event is lost meanwhile";

function findings({ store, log, triggers, deadLetters, modelSets, archive }: Status, now: number): Finding[] {
  const lag = triggers.reduce((sum, trigger) => sum + trigger.lag, 0);
  const waiting = triggers.filter((trigger) => trigger.waiting !== undefined);
  const learned = `${store.kind}, ${plural(modelSets, "model set")}`;
  const broker =
    waiting.length > 0
      ? warn(
          "broker",
          waiting
            .map(({ name, waiting: why }) => {
              const until = Math.max(0, (why?.until ?? now) - now);
              return `${name} waits (again in ${roughly(until)}): ${why?.reason}`;
            })
            .join("\n"),
          "it tries again by itself; fix what the reason names",
        )
      : lag > MUCH_LAG && now > 0
        ? warn(
            "broker",
            `${count(lag)} deliveries are pending`,
            "see whether there are fewer after a while: wadi status --watch",
          )
        : ok(
            "broker",
            lag === 0
              ? "all events are handled"
              : `${plural(lag, "delivery").replace("deliverys", "deliveries")} pending`,
          );
  return [
    store.missing === undefined ? ok("store", learned) : fail("store", `${store.kind}: ${store.missing}`, BY_ITSELF),
    ...checkStoreClock(store.clockAheadSeconds),
    ...(store.regressed ?? []).map(({ detail }) => fail("lost", detail, REGRESSED_CURE)),
    log?.missing === undefined ? broker : fail("broker", log.missing, BY_ITSELF),
    ...(archive === undefined ? [] : [archiveFinding(archive)]),
    deadLetters === 0
      ? ok("letters", "no dead letters")
      : warn(
          "letters",
          plural(deadLetters, "dead letter"),
          "see why: wadi dlq list; then wadi dlq redrive, or wadi dlq drop",
        ),
  ];
}

/** `seen`: where to look again; a cluster has options of its own. */
export function archiveFinding(
  { lag, lagSeconds = 0, failing }: NonNullable<Status["archive"]>,
  seen = "wadi archive status",
): Finding {
  if (failing !== undefined) {
    const cure = "Wadi goes on by itself then; until it does, the log keeps what the archive lacks";
    return fail("archive", lag === undefined ? failing : `${plural(lag, "event")} behind: ${failing}`, cure);
  }
  if (lagSeconds <= MUCH_ARCHIVE_LAG_S)
    return ok("archive", lag === 0 ? "has every event" : `${plural(lag ?? 0, "event")} behind`);
  const behind = `${plural(lag ?? 0, "event")} behind, the oldest for ${roughly(lagSeconds * 1000)}`;
  return warn("archive", behind, `see whether there are fewer after a while: ${seen}`);
}
