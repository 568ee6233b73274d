/** All are over before one's failure is told: nothing goes on behind the back of whoever tries again. */
export async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

/** Commands of many model sets go out so many at once. */
const GROUP = 500;

/** As `allOf`, a group after the other; what `work` makes of each, in their order. */
export async function together<T>(sets: Iterable<string>, work: (set: string) => Promise<T>): Promise<T[]> {
  const [all, done]: [string[], T[]] = [[...sets], []];
  for (let n = 0; n < all.length; n += GROUP) done.push(...(await allOf(all.slice(n, n + GROUP).map(work))));
  return done;
}
