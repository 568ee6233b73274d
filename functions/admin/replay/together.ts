/** Rejects only when all are over: nothing goes on in the background while the caller tries again. */
export async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

/** Most commands that go out at once. */
const GROUP = 500;

/** As `allOf`, in groups one after another. Resolves with the results in the order of the sets. */
export async function together<T>(sets: Iterable<string>, work: (set: string) => Promise<T>): Promise<T[]> {
  const [all, done]: [string[], T[]] = [[...sets], []];
  for (let n = 0; n < all.length; n += GROUP) done.push(...(await allOf(all.slice(n, n + GROUP).map(work))));
  return done;
}
