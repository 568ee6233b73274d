// One session: the state of the phone at its start, and how long it lasts.

import { DAY_MS } from "../../../lib/duration.ts";
import type { Random } from "../../../lib/random.ts";
import { normal, oneOf } from "../chance.ts";
import type { User } from "./users.ts";

/** What the app knows when a session starts. */
export interface Start {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly network: "wifi" | "5g" | "4g";
  readonly appVersion: string;
  /** 0 to 1. */
  readonly battery: number;
  readonly charging: boolean;
  /** Minutes since this user's last session ended; null in the first one. */
  readonly sinceLast: number | null;
}

/** In minutes. */
const USUAL = 7;
const SHORTEST = 0.1;
const LONGEST = 480;
/** Standard deviation of what nobody can foresee, in the logarithm of the length. */
const CHANCE = 0.4;

const RELEASES = ["4.0", "4.1", "4.2", "4.3", "4.4", "4.5"];
const DAYS_TO_RELEASE = 5;

export function drawStart(user: User, at: number, begun: number, lastEnd: number | undefined, random: Random): Start {
  const day = (at - begun) / DAY_MS - user.updatesAfterDays;
  const release = Math.max(0, Math.min(RELEASES.length - 1, 1 + Math.floor(day / DAYS_TO_RELEASE)));
  const night = hourOf(at) < 7;
  const charging = random() < (night ? 0.6 : 0.2);
  // Full in the morning, and less each hour.
  const battery = 1 - ((hourOf(at) + 17) % 24) / 26 + 0.18 * normal(random);
  return {
    at,
    network:
      random() < user.wifi
        ? "wifi"
        : oneOf(random, [
            ["5g", 40],
            ["4g", 60],
          ]),
    appVersion: RELEASES[release] as string,
    battery: Math.round(100 * Math.max(0.02, Math.min(1, charging ? battery + 0.2 : battery))) / 100,
    charging,
    sinceLast: lastEnd === undefined ? null : Math.round((at - lastEnd) / 6000) / 10,
  };
}

/**
 * Minutes. Effects multiply, so they are added in the logarithm.
 * @param changed the population is the later one: who stayed long is soon done, and mornings last longer than evenings.
 */
export function drawMinutes(user: User, start: Start, changed: boolean, random: Random): number {
  const { at, network, battery, charging, sinceLast } = start;
  const hour = 2 * Math.PI * (hourOf(at) / 24);
  const peak = 2 * Math.PI * ((changed ? 8 : 20) / 24);
  const weekday = new Date(at).getUTCDay();
  const effects = [
    changed ? -user.habit : user.habit,
    0.25 * Math.cos(hour - peak),
    weekday === 0 || weekday === 6 ? 0.1 : 0,
    network === "wifi" ? 0.25 : network === "4g" ? -0.2 : 0,
    user.tablet ? 0.35 : 0,
    battery < 0.15 && !charging ? -0.7 : 0,
    sinceLast === null ? 0 : 0.1 * Math.max(-3, Math.min(3, Math.log((sinceLast + 1) / 300))),
    CHANCE * normal(random),
  ];
  const minutes = USUAL * Math.exp(effects.reduce((sum, effect) => sum + effect, 0));
  return Math.round(10 * Math.max(SHORTEST, Math.min(LONGEST, minutes))) / 10;
}

/** How likely this user is to begin a session now, beside the hour at which that is likeliest; above 0, at most 1. */
export function activity(user: User, at: number): number {
  return 0.08 + 0.92 * Math.exp(1 * (Math.cos((2 * Math.PI * (hourOf(at) - user.hour)) / 24) - 1));
}

function hourOf(at: number): number {
  return (at / 3_600_000) % 24;
}
