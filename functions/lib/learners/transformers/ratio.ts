/** 0 for a divisor of 0, and for one so near to it that doubles have no number for the quotient. */
export function ratio(dividend: number, divisor: number): number {
  const quotient = dividend / divisor;
  return Number.isFinite(quotient) ? quotient : 0;
}
