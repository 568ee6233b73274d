// The greatest of some numbers, and the label that it is of.

export function greatest(numbers: readonly number[]): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const number of numbers) if (number > most) most = number;
  return most;
}

/** Of equal ones the first. */
export function placeOfGreatest(numbers: readonly number[], length: number): number {
  let place = 0;
  for (let at = 1; at < length; at++) if ((numbers[at] as number) > (numbers[place] as number)) place = at;
  return place;
}

/** The least label among those whose number is that in a place: the first of equal ones. */
export function firstKnown(labels: readonly number[], numbers: readonly number[], place: number): number {
  let first = labels[place] as number;
  for (let at = place + 1; at < labels.length; at++) {
    if (numbers[at] === numbers[place] && (labels[at] as number) < first) first = labels[at] as number;
  }
  return first;
}
