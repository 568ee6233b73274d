// Numbers as people read them; the same on every machine, whatever its locale.

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 12345 as `12,345`. */
export function count(value: number): string {
  return grouped.format(value);
}

/** With that many digits after the point; `-` when it is not a number. */
export function fixed(value: number | undefined, digits: number): string {
  return value === undefined || !Number.isFinite(value) ? "-" : value.toFixed(digits);
}

/** 0.9991 as `99.9 %`; only exactly 1 is `100 %`. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "0 %";
  if (part >= whole) return "100 %";
  return `${(Math.floor((1000 * part) / whole) / 10).toFixed(1)} %`;
}

/** Milliseconds as `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const pad = (value: number) => String(value).padStart(2, "0");
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} min`;
}

/** Events a second over `ms` milliseconds. */
export function rate(events: number, ms: number): number {
  return ms <= 0 ? 0 : Math.round(events / (ms / 1000));
}

/** `1 event`, `2 events`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}
