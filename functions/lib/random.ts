// Chance as an argument: whatever draws takes a Random, so that tests decide what is drawn.

/** At least 0, below 1. */
export type Random = () => number;

export const systemRandom: Random = () => Math.random();
