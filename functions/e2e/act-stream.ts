// The second act: a wave of flights, some sent twice, labels late, a pod of learn killed meanwhile; and events that can
// never be learned.

import type { DeadLetterSummary } from "../admin/shapes/shapes.ts";
import { conditionOf } from "../cluster/objects.ts";
import type { Example } from "../feed/examples.ts";
import { count, duration, plural, rate } from "../lib/figures.ts";
import { EARLY, MALFORMED, withRepeats } from "./event-stream.ts";
import { runTool } from "./run-tool.ts";
import { FLIGHTS, modelOf, type Stage, send, sendOne } from "./stage.ts";
import { until } from "./until.ts";

/** A hard kill of a dispatcher or an hour without a store may take longer; a pod that is killed does not. */
const LEARN_SECONDS = 600;
const LETTER_SECONDS = 60;

export interface Streamed {
  readonly accepted: number;
  /** The pod that was killed. */
  readonly killed: string;
}

/** @param before how many examples had been learned by then. */
export async function stream(stage: Stage, flights: readonly Example[], before: number): Promise<Streamed> {
  const { timeline, clock } = stage;
  const begun = clock.now();
  const expected = before + flights.length;
  await sendOne(stage, MALFORMED);
  await sendOne(stage, EARLY);
  timeline.say("stream", `${count(flights.length)} flights set out, labels late, one event in ten twice`);
  const sending = send(stage, withRepeats(flights));
  sending.catch(() => {}); // awaited below
  const killed = await killLearner(stage, before + Math.floor(flights.length / 4));
  const accepted = await sending;
  await learnedAll(stage, expected, "stream");
  const ms = clock.now() - begun;
  timeline.say("stream", `${plural(accepted, "event")} in ${duration(ms)}, ${rate(accepted, ms)} a second`);
  return { accepted, killed };
}

/** Once `after` examples are learned. Resolves with the pod's name. */
async function killLearner(stage: Stage, after: number): Promise<string> {
  const { timeline, access, pods } = stage;
  const pod = await until("a pod of learn to kill", stage, { seconds: LEARN_SECONDS, everyMs: 50 }, async () => {
    if (((await modelOf(stage, FLIGHTS))?.count ?? 0) < after) return undefined;
    const learners = pods
      .pods()
      .filter(({ metadata }) => metadata.labels?.["serving.knative.dev/service"] === "learn")
      .filter((pod) => pod.metadata.deletionTimestamp === undefined && conditionOf(pod, "Ready")?.status === "True");
    return learners[0]?.metadata.name;
  });
  await runTool("kubectl", ["-n", access.namespace, "delete", "pod", pod, "--force", "--grace-period=0"]);
  timeline.say("kill", `${pod} is killed, after ${count((await modelOf(stage, FLIGHTS))?.count ?? 0)} examples`);
  return pod;
}

/** Waits until as many are learned as there are distinct ones, and expects that. */
export async function learnedAll(stage: Stage, expected: number, about: string): Promise<void> {
  let learned = 0;
  const instead = () => `${count(learned)} of ${count(expected)} were learned`;
  await until("what was sent is learned", stage, { seconds: LEARN_SECONDS, instead }, async () => {
    learned = (await modelOf(stage, FLIGHTS))?.count ?? 0;
    return learned >= expected || undefined;
  });
  const text = `${count(expected)} distinct flights sent, as many learned`;
  stage.timeline.expect(about, text, learned === expected, `${count(learned)} were`);
}

/** Expects the dead letters and their reasons; redrives one, in vain. */
export async function deadLetters(stage: Stage): Promise<void> {
  const { timeline, access } = stage;
  const { admin } = await access.data();
  const all = async () => (await admin.deadLetters({ limit: 100 })).items;
  const letterOf = (letters: readonly DeadLetterSummary[], id: string, after = 0) =>
    letters.find((letter) => letter.id === id && letter.number > after);
  const wait = { seconds: LETTER_SECONDS };
  const [malformed, early] = await until("both dead letters", stage, wait, async () => {
    const letters = await all();
    const found = [letterOf(letters, MALFORMED.id), letterOf(letters, EARLY.id)] as const;
    return found[0] !== undefined && found[1] !== undefined ? ([found[0], found[1]] as const) : undefined;
  });
  timeline.expect("letters", `a poison event is a dead letter: ${why(malformed)}`, malformed.reason === "schema");
  timeline.expect(
    "letters",
    `one of no pipeline that is there, too: ${why(early)}`,
    early.reason === "unknown-pipeline",
    early.reason,
  );
  const { redriven } = await admin.redrive({ numbers: [malformed.number] });
  timeline.expect("redrive", "the poison event is sent again", redriven === 1);
  const back = await until("it comes back", stage, wait, async () =>
    letterOf(await all(), MALFORMED.id, malformed.number),
  );
  timeline.expect("redrive", `nothing was mended, so it came back as ${back.number}`, back.reason === "schema");
  const left = (await all()).length;
  timeline.expect("letters", "no other event became one", left === 2, `there are ${left}`);
}

const why = ({ step, reason, message }: DeadLetterSummary) => `${step}, ${reason}: ${message}`;
