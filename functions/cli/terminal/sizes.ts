// Bytes as people read them, in steps of 1000.

const UNITS = ["kB", "MB", "GB", "TB"] as const;

export function bytes(value: number): string {
  if (value < 1000) return `${value} byte${value === 1 ? "" : "s"}`;
  let size = value;
  let unit = -1;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size < 100 ? size.toFixed(1) : Math.round(size)} ${UNITS[unit]}`;
}
