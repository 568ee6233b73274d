// Repeated work that never overlaps itself: a run that takes longer than the interval skips the next one.

/** First runs after `ms`. `work` must not reject. Call what it returns to stop; it does not wait for a run under way. */
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
