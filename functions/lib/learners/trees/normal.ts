// The distribution function of the standard normal distribution.

/** P(X <= z), as (1 + erf(z / sqrt 2)) / 2. */
export function normalCdf(z: number): number {
  return 0.5 * (1 + erf(z / Math.SQRT2));
}

/**
 * 2 / sqrt(pi) e^(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...): DLMF 7.6.2, whose terms all have the sign of x, so that no digits
 * cancel. From 6 on it is 1 to the last digit.
 */
function erf(x: number): number {
  if (Math.abs(x) >= 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > (Math.abs(sum) * Number.EPSILON) / 4; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
