// The label of the highest probability.

/** Of equal ones the first. Undefined where there is none; what is not finite does not count. */
export function likeliest(shares: Readonly<Record<string, number>>): string | undefined {
  let best: string | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (const label of Object.keys(shares)) {
    const share = shares[label] as number;
    if (share <= highest || !Number.isFinite(share)) continue;
    best = label;
    highest = share;
  }
  return best;
}
