// Who uses the app: each user has a phone, habits and hours of their own.

import { normal, oneOf, seededRandom } from "../chance.ts";

export interface User {
  readonly id: string;
  readonly platform: "ios" | "android";
  readonly device: string;
  readonly tablet: boolean;
  /** How long this user stays beside the others: what is added to the logarithm of the length. */
  readonly habit: number;
  /** Sessions a day, about. */
  readonly perDay: number;
  /** The hour around which most sessions begin, UTC. */
  readonly hour: number;
  /** How often a session is on Wi-Fi, and how often the phone has no network where a session ends. */
  readonly wifi: number;
  readonly offline: number;
  /** Days from a release to its installation. */
  readonly updatesAfterDays: number;
  /** Leaves for good when the population changes; somebody new comes instead. */
  readonly leaves: boolean;
}

const DEVICES: readonly (readonly [Pick<User, "platform" | "device" | "tablet">, number])[] = [
  [{ platform: "ios", device: "iPhone 14", tablet: false }, 24],
  [{ platform: "ios", device: "iPhone SE", tablet: false }, 12],
  [{ platform: "ios", device: "iPad Air", tablet: true }, 7],
  [{ platform: "android", device: "Pixel 7", tablet: false }, 15],
  [{ platform: "android", device: "Galaxy A54", tablet: false }, 25],
  [{ platform: "android", device: "Redmi 12", tablet: false }, 12],
  [{ platform: "android", device: "Galaxy Tab S8", tablet: true }, 5],
];

/** Before work, at noon, in the evening, at night. */
const HOURS = [
  [7.5, 30],
  [12.5, 20],
  [20, 40],
  [23, 10],
] as const;

/** Where the random numbers of users start. */
const POPULATION = 0x9e3779b9;
const MOST_A_DAY = 12;
const SHARE_THAT_LEAVES = 0.2;

/** The same number is always the same user, whatever the seed of the sessions: who sends more of them sends more of theirs. */
export function drawUser(number: number): User {
  const random = seededRandom(POPULATION + number);
  return {
    id: `u${String(number).padStart(5, "0")}`,
    ...oneOf(random, DEVICES),
    habit: 0.7 * normal(random),
    perDay: Math.min(MOST_A_DAY, Math.exp(Math.log(2) + 0.7 * normal(random))),
    hour: oneOf(random, HOURS) + normal(random),
    wifi: oneOf(random, [
      [0.85, 50],
      [0.5, 35],
      [0.1, 15],
    ]),
    offline: oneOf(random, [
      [0.05, 70],
      [0.4, 30],
    ]),
    updatesAfterDays: 1 - 4 * Math.log(1 - random()),
    leaves: random() < SHARE_THAT_LEAVES,
  };
}
