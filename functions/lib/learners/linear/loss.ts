// Losses (River's optim.losses), as the gradient by p, the sum that a linear model makes, at truth y.

import type { Registry } from "../named-part.ts";

export type Gradient = (y: number, p: number) => number;

const DEFAULT_EPSILON = 0.1;

const weight = { type: "number", minimum: 0, default: 1 };

/** Losses of regression. */
export const losses: Registry<Gradient> = {
  /** (p - y)^2, and so 2(p - y): the 2 is kept. */
  squared: { properties: {}, create: () => (y, p) => 2 * (p - y) },
  /** |p - y|; where they are equal the gradient is -1. */
  absolute: { properties: {}, create: () => (y, p) => (p > y ? 1 : -1) },
  /** r^2 / 2 up to |r| = epsilon, epsilon |r| - epsilon^2 / 2 beyond, where r = p - y. */
  huber: {
    properties: { epsilon: { type: "number", exclusiveMinimum: 0, default: DEFAULT_EPSILON } },
    create: ({ epsilon = DEFAULT_EPSILON }) => {
      const bound = epsilon as number;
      return (y, p) => Math.max(-bound, Math.min(bound, p - y));
    },
  },
  /** alpha |p - y| where p is below y, (1 - alpha) |p - y| where it is not. Koenker, Bassett 1978. */
  quantile: {
    properties: { alpha: { type: "number", minimum: 0, maximum: 1, default: 0.5 } },
    create:
      ({ alpha }) =>
      (y, p) =>
        (y < p ? 1 : 0) - (alpha as number),
  },
  /** max(|p - y| - eps, 0). River 0.26.1 has 2y - 1 in place of y here, as if y were a class; this is the loss as defined. */
  "epsilon-insensitive": {
    properties: { eps: { type: "number", minimum: 0, default: 0.1 } },
    create: ({ eps }) => {
      const bound = eps as number;
      return (y, p) => (p > y + bound ? 1 : p + bound < y ? -1 : 0);
    },
  },
};

/** Losses of binary classification: y is 1 for true and -1 for false. */
export const binaryLosses: Registry<Gradient> = {
  /** log(1 + e^-py), times the weight of its class. */
  log: {
    properties: {
      weightPos: { ...weight, description: "What an example that is true counts." },
      weightNeg: { ...weight, description: "What an example that is false counts." },
    },
    create:
      ({ weightPos, weightNeg }) =>
      (y, p) =>
        -y * ((y > 0 ? weightPos : weightNeg) as number) * shareWrong(p * y),
  },
  /** max(threshold - py, 0). */
  hinge: {
    properties: {
      threshold: { type: "number", default: 1, description: "1 as in a support vector machine, 0 as in a perceptron." },
    },
    create:
      ({ threshold }) =>
      (y, p) =>
        y * p <= (threshold as number) ? -y : 0,
  },
};

/** 1 / (e^z + 1), beyond |z| = 18 by what it comes near to, as River's. */
function shareWrong(z: number): number {
  if (z > 18) return Math.exp(-z);
  return z < -18 ? 1 : 1 / (Math.exp(z) + 1);
}

export const allLosses: Registry<Gradient> = { ...losses, ...binaryLosses };
