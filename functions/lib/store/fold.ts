// The fold that a store has unless it is given another: loaded where a tail is met for the first time.

import type { Fold } from "./stored-model.ts";

export const foldState: Fold = async (base, tail) => (await import("../states/fold.ts")).foldState(base, tail);
