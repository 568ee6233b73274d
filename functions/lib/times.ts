// Times and ages as people write and read them.

/** `2026-01-31 08:30:05Z`: in UTC, the same on every machine. */
export function moment(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "-";
  return `${date.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** An age as `5 s`, `3 min`, `2 h`, `4 d`: rounded to one unit. */
export function roughly(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

export function ago(ms: number, now: number): string {
  return ms > now ? `in ${roughly(ms - now)}` : `${roughly(now - ms)} ago`;
}
