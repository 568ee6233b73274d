// The third act: a rolling upgrade under load. Learners of two revisions share one model set; a model is added, one removed.

import type { ModelSetDetail } from "../admin/shapes/shapes.ts";
import type { Example } from "../feed/examples.ts";
import { count, duration } from "../lib/figures.ts";
import { pause } from "../lib/pause.ts";
import { learnedAll } from "./act-stream.ts";
import { EARLY, withRepeats } from "./event-stream.ts";
import { ADDED, LATER, REMOVED, STAYING } from "./pipeline-files.ts";
import { FLIGHTS, modelOf, type Stage, send } from "./stage.ts";
import { until } from "./until.ts";

/** Slow enough that events come before, during and after. */
const PER_SECOND = 40;
const UPGRADE_SECONDS = 300;
const LOOK_MS = 200;

export interface Upgraded {
  readonly accepted: number;
  /** Milliseconds until all steps have the new revision and are ready. */
  readonly ms: number;
  /** Flights that had been learned when the new revision made its first commit. */
  readonly at: number;
}

export interface UpgradeOptions {
  readonly flights: readonly Example[];
  /** How many examples had been learned by then. */
  readonly before: number;
  apply(): Promise<void>;
  /** Opens the access to the release again. */
  reopen(): Promise<void>;
}

export async function upgrade(stage: Stage, options: UpgradeOptions): Promise<Upgraded> {
  const { flights, before, apply, reopen } = options;
  const { timeline } = stage;
  const total = before + flights.length;
  timeline.say("upgrade", `${count(flights.length)} more flights set out, ${PER_SECOND} events a second`);
  const seen = watchModels(stage);
  try {
    const sending = send(stage, withRepeats(flights), { perSecond: PER_SECOND });
    sending.catch(() => {}); // awaited below
    const wait = { seconds: UPGRADE_SECONDS };
    await until("events under way", stage, wait, async () => {
      const learned = (await modelOf(stage, FLIGHTS))?.count ?? 0;
      return learned > before + flights.length / 10 || undefined;
    });
    const ms = await replace(stage, apply);
    const accepted = await sending;
    await learnedAll(stage, total, "upgrade");
    await reopen();
    const at = await checkModels(stage, seen.all, total);
    return { accepted, ms, at };
  } finally {
    await seen.stop();
  }
}

/** Milliseconds until every step has a new revision and is ready. */
async function replace({ timeline, clock, signal, pods }: Stage, apply: () => Promise<void>): Promise<number> {
  await pods.look();
  const old = new Map(pods.steps().map(({ name, revision }) => [name, revision]));
  const begun = clock.now();
  timeline.say("upgrade", `a new pipeline file: without ${REMOVED}, with ${ADDED}; and a second pipeline, ${LATER}`);
  await apply();
  timeline.say("upgrade", "the pipelines were checked against what is stored, and the chart is applied");
  await until("the new revisions", { clock, signal }, { seconds: UPGRADE_SECONDS }, async () => {
    const steps = pods.steps();
    const isNew = (name: string, revision: string | undefined) => revision !== old.get(name);
    return (steps.length > 0 && steps.every((s) => s.state === "ready" && isNew(s.name, s.revision))) || undefined;
  });
  const ms = clock.now() - begun;
  timeline.expect("upgrade", `each step has a new revision that is ready: ${duration(ms)}`, true);
  return ms;
}

/** The states of the model set, one after the other. */
function watchModels(stage: Stage) {
  const { clock } = stage;
  const all: ModelSetDetail[] = [];
  const end = new AbortController();
  const watching = (async () => {
    while (!end.signal.aborted) {
      const model = await modelOf(stage, FLIGHTS).catch(() => undefined);
      if (model !== undefined && model.version !== all.at(-1)?.version) all.push(model);
      await pause(LOOK_MS, clock, end.signal);
    }
  })();
  return {
    all,
    async stop() {
      end.abort();
      await watching;
    },
  };
}

/** How many had been learned when the added model came. */
async function checkModels(stage: Stage, seen: readonly ModelSetDetail[], total: number): Promise<number> {
  const { timeline } = stage;
  const last = await modelOf(stage, FLIGHTS);
  const learned = new Map(last?.models.map(({ name, n }) => [name, n]));
  for (const name of STAYING) {
    const n = learned.get(name) ?? 0;
    timeline.expect("upgrade", `${name}, which stayed, has learned all ${count(total)}`, n === total, count(n));
  }
  timeline.expect("upgrade", `${REMOVED} is gone`, !learned.has(REMOVED));
  const at = total - (learned.get(ADDED) ?? 0);
  // Whoever has the new file lists a model that no learner has committed yet.
  const nOf = ({ models }: ModelSetDetail) => models.find(({ name }) => name === ADDED)?.n ?? 0;
  const lastWithout = Math.max(0, ...seen.filter((one) => nOf(one) === 0).map((one) => one.count));
  const since = seen.filter((one) => nOf(one) > 0);
  // It is not scored on what was predicted without it: such labels come for a while, and then no more.
  const missed = since.map((one) => one.count - nOf(one));
  const grows = (list: readonly number[]) => list.every((one, i) => one >= (list[i - 1] ?? 0));
  const isSettled = since.every((one, i) => one.count < (at + total) / 2 || missed[i] === at);
  const isTrue =
    learned.has(ADDED) && at < total && at >= lastWithout && grows(since.map(nOf)) && grows(missed) && isSettled;
  timeline.expect(
    "upgrade",
    `${ADDED} came after ${count(missed[0] ?? at)}, and was scored on each of the ${count(total - at)} that were predicted with it`,
    isTrue,
    `it was not there at ${count(lastWithout)}, and missed ${[...new Set(missed)].map(count).join(", ") || "all"}`,
  );
  return at;
}

/** Its pipeline is there now. */
export async function redriveEarly(stage: Stage): Promise<void> {
  const { timeline, access } = stage;
  const { admin } = await access.data();
  const { items } = await admin.deadLetters({ limit: 100 });
  const letter = items.find(({ id }) => id === EARLY.id);
  const { redriven } = letter === undefined ? { redriven: 0 } : await admin.redrive({ numbers: [letter.number] });
  timeline.expect("redrive", `the event of ${LATER} is sent again, now that there is such a pipeline`, redriven === 1);
  const learned = await until(
    "it is learned",
    stage,
    { seconds: 120 },
    async () => (await modelOf(stage, LATER))?.count,
  );
  timeline.expect("redrive", "it is learned", learned === 1, count(learned));
  const left = (await admin.deadLetters({ limit: 100 })).items.length;
  timeline.expect("letters", "one dead letter is left, the poison event", left === 1, `there are ${left}`);
}
