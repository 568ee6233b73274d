// Losses of regression (River's optim.losses), as the gradient by the prediction p at truth y.

import type { Registry } from "../named-part.ts";

export type Gradient = (y: number, p: number) => number;

const DEFAULT_EPSILON = 0.1;

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
};
