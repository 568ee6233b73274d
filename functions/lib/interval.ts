// Work that is done again and again, and never beside itself: where it takes longer than the interval, a turn is left out.

/** The first turn is after `ms`. `work` must not reject. The answer stops it; a turn that is under way is not waited for. */
export function startInterval(ms: number, work: () => Promise<void>): () => void {
  let isUnderWay = false;
  const timer = setInterval(async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    try {
      await work();
    } finally {
      isUnderWay = false;
    }
  }, ms);
  return () => clearInterval(timer);
}
