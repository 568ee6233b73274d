// Chance as an argument: whatever draws takes it, so that tests decide what is drawn.

import { randomBytes } from "node:crypto";

/** At least 0, below 1. */
export type Random = () => number;

export const systemRandom: Random = () => Math.random();

/** A revision of a model set: 128 random bits. */
export const newRevision = (): string => randomBytes(16).toString("hex");
