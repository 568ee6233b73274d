// What a mistyped name was meant to be.

/** The longest name that is compared. */
const MAX_LENGTH = 100;

/** The known name closest to `name`, if it is close: a third of the letters may differ, at most three. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const wanted = plain(name);
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.max(1, Math.floor(wanted.length / 3))) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean "x"?`, or `: one of a, b, c` where nothing is close. */
export function suggestion(name: string, known: readonly string[]): string {
  const found = nearest(name, known);
  if (found !== undefined) return `; did you mean ${JSON.stringify(found)}?`;
  if (known.length === 0) return "";
  const shown = known.slice(0, 30).join(", ");
  return `: use one of ${shown}${known.length > 30 ? ", ..." : ""}`;
}

/** `learning_rate`, `learning-rate` and `learningRate` are the same to a person. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, "");
}

/** Levenshtein's, with a swap of neighbours counted once (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}
