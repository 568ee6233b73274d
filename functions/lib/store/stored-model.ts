// What all parts of the ModelStore speak of.

/** The generation and version of a model set that is in force. Version 0 and revision "" mean: nothing was committed yet. */
export interface Head {
  readonly generation: string;
  readonly version: number;
  readonly revision: string;
}

/** `state` is JSON text; "" at version 0. */
export interface StoredModel extends Head {
  readonly state: string;
}

/** `id`: a 63-bit digest as a decimal string. `expiresAt`: epoch milliseconds until which it must be kept. */
export interface LearnedId {
  readonly id: string;
  readonly expiresAt: number;
}
