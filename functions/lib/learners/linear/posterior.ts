// What a Bayesian linear regression knows of its weights: a symmetric matrix, kept as its lower triangle, row after row.

import type { Vector } from "../learner.ts";
import { Column } from "../slots.ts";
import { numberAt } from "../vector.ts";
import { type Factor, factorOf, rowAt, solve } from "./symmetric.ts";

export interface Posterior {
  /**
   * Learns an example without its truth; `found` has its slots, `size` is of all names.
   * @param prior precision of a name that comes with this example.
   * @returns a sum of what has changed: not finite where any of it is not.
   */
  learnOne(x: Vector, found: readonly number[], size: number, prior: number): number;
  /** The weights, where the sums e are these. */
  weights(sums: Float64Array, size: number): Float64Array;
  /** Of the sum of w x, in the slots that were found; may be below 0 by rounding. */
  variance(x: Vector, found: readonly number[], size: number): number;
  close(size: number): number[];
}

/**
 * The covariance C, the inverse of S: C -= beta (C x)(C x)' / (1 + beta x' C x), and m = C e (Sherman, Morrison 1950).
 * Learning and the first answer after it take the square of all names.
 */
export class Covariance implements Posterior {
  readonly #triangle: Column;
  readonly #beta: number;
  #known: number;
  /** C x. */
  readonly #product = new Column();

  constructor(triangle: ArrayLike<number>, size: number, beta: number) {
    this.#triangle = new Column(triangle);
    this.#known = size;
    this.#beta = beta;
  }

  learnOne(x: Vector, found: readonly number[], size: number, prior: number): number {
    const matrix = this.#triangle.upTo(rowAt(size));
    for (; this.#known < size; this.#known++) matrix[rowAt(this.#known) + this.#known] = 1 / prior;
    const variance = this.variance(x, found, size);
    const product = this.#product.upTo(size);
    // Rounding must not make it negative.
    const share = this.#beta / (1 + this.#beta * Math.max(0, variance));
    let sound = 0;
    for (let i = 0, at = 0; i < size; i++) {
      const scaled = share * (product[i] as number);
      for (let j = 0; j <= i; j++, at++) {
        const after = (matrix[at] as number) - scaled * (product[j] as number);
        matrix[at] = after;
        sound += after;
      }
    }
    return sound;
  }

  /** Leaves C x behind. */
  variance(x: Vector, found: readonly number[], size: number): number {
    const matrix = this.#triangle.upTo(rowAt(size));
    const product = this.#product.upTo(size).fill(0);
    for (let i = 0; i < x.names.length; i++) {
      const slot = found[i] as number;
      if (slot >= 0) addColumn(product, matrix, slot, numberAt(x, i), size);
    }
    return along(x, found, product);
  }

  weights(sums: Float64Array, size: number): Float64Array {
    const matrix = this.#triangle.upTo(rowAt(size));
    const weights = new Float64Array(size);
    for (let slot = 0; slot < size; slot++) addColumn(weights, matrix, slot, sums[slot] as number, size);
    return weights;
  }

  close(size: number): number[] {
    return this.#triangle.list(rowAt(size));
  }
}

/**
 * The precision S, which fades: S = s S + (1 - s) beta x x'. It is a plain sum, in which no error builds up; S m = e is
 * solved. Learning takes the square of all names, the first answer after it their cube.
 */
export class FadingPrecision implements Posterior {
  readonly #triangle: Column;
  readonly #kept: number;
  readonly #weight: number;
  #known: number;
  /** Of the triangle as it is, once it was asked for. */
  #factor: Factor | undefined;

  constructor(triangle: ArrayLike<number>, size: number, beta: number, smoothing: number) {
    this.#triangle = new Column(triangle);
    this.#known = size;
    this.#kept = smoothing;
    this.#weight = (1 - smoothing) * beta;
  }

  learnOne(x: Vector, found: readonly number[], size: number, prior: number): number {
    this.#factor = undefined;
    const matrix = this.#triangle.upTo(rowAt(size));
    for (; this.#known < size; this.#known++) matrix[rowAt(this.#known) + this.#known] = prior;
    for (let at = 0; at < rowAt(size); at++) matrix[at] = (matrix[at] as number) * this.#kept;
    let sound = 0;
    for (let i = 0; i < x.names.length; i++) {
      const slot = found[i] as number;
      if (slot < 0) continue;
      const scaled = this.#weight * numberAt(x, i);
      for (let j = 0; j < x.names.length; j++) {
        const column = found[j] as number;
        if (column < 0 || column > slot) continue;
        const at = rowAt(slot) + column;
        const after = (matrix[at] as number) + scaled * numberAt(x, j);
        matrix[at] = after;
        sound += after;
      }
    }
    return sound;
  }

  weights(sums: Float64Array, size: number): Float64Array {
    return solve(this.#factored(size), sums, size);
  }

  variance(x: Vector, found: readonly number[], size: number): number {
    const dense = new Float64Array(size);
    for (let i = 0; i < x.names.length; i++) {
      const slot = found[i] as number;
      if (slot >= 0) dense[slot] = numberAt(x, i);
    }
    return along(x, found, solve(this.#factored(size), dense, size));
  }

  close(size: number): number[] {
    return this.#triangle.list(rowAt(size));
  }

  #factored(size: number): Factor {
    this.#factor ??= factorOf(this.#triangle.upTo(rowAt(size)), size);
    return this.#factor;
  }
}

/** The sum of x times what is in its slots. */
function along(x: Vector, found: readonly number[], numbers: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.names.length; i++) {
    const slot = found[i] as number;
    if (slot >= 0) sum += numberAt(x, i) * (numbers[slot] as number);
  }
  return sum;
}

/** to += factor times a column of the symmetric matrix. */
function addColumn(to: Float64Array, matrix: Float64Array, column: number, factor: number, size: number): void {
  for (let i = 0; i < size; i++) {
    const at = i < column ? rowAt(column) + i : rowAt(i) + column;
    to[i] = (to[i] as number) + factor * (matrix[at] as number);
  }
}
