// How much of a source of rows has been read, and how many rows it may have.

/** How much has been read, to estimate the total. */
export interface ReadSoFar {
  /** Rows found so far, including those not yet returned. */
  readonly found: number;
  readonly bytesRead: number;
  /** Undefined if unknown. */
  readonly bytes: number | undefined;
}

/** Estimate of all rows; exact once all is read, undefined if the size is unknown. */
export function expectedRows({ found, bytesRead, bytes }: ReadSoFar, limit: number): number | undefined {
  if (bytes === undefined || bytesRead === 0) return Number.isFinite(limit) ? limit : undefined;
  return Math.min(limit, Math.round((found * bytes) / Math.min(bytesRead, bytes)));
}
