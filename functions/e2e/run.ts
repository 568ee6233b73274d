// A whole run: installs a release of its own, plays the acts, and removes everything.

import type { CommandContext } from "../cli/context.ts";
import { type Fact, factLines } from "../cli/terminal/facts.ts";
import { type ClusterAccess, openClusterAccess } from "../cluster/access.ts";
import { type Forwards, openForwards } from "../cluster/forward.ts";
import { readFlights } from "../feed/flights.ts";
import { FailedError } from "../lib/failure.ts";
import { count, duration } from "../lib/figures.ts";
import { watchDashboard } from "./act-dashboard.ts";
import { names } from "./act-names.ts";
import { deadLetters, stream } from "./act-stream.ts";
import { redriveEarly, upgrade } from "./act-upgrade.ts";
import { wake, wakeAgain, wakesTold } from "./act-wake.ts";
import { readChartFile } from "./chart-files.ts";
import { clean, removeStored } from "./clean-up.ts";
import { readDeployed } from "./deployed.ts";
import { NAMES, underNames } from "./event-stream.ts";
import { LATER, pipelineFiles } from "./pipeline-files.ts";
import { watchPods } from "./pod-watch.ts";
import { ingressOf, isAtZero, isReady } from "./readiness.ts";
import { planRelease, type Release } from "./release.ts";
import { FLIGHTS, modelOf, type Stage } from "./stage.ts";
import type { Timeline } from "./timeline.ts";
import type { Patience } from "./until.ts";

export interface RunOptions {
  readonly context: CommandContext;
  /** The namespace of the deployed Wadi. */
  readonly namespace: string;
  /** Flights in the second act; half as many in the third. */
  readonly flights: number;
  /** How often the time from zero to the first prediction is measured. */
  readonly wakes: number;
  /** The Broker's ingress as reached from here; default: by a port-forward. */
  readonly ingress: string | undefined;
  /** Keeps the release, for a look at it. */
  readonly keep: boolean;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
}

const METRICS_PORT = 8080;

/** The figures for the summary. @throws FailedError if the run could not continue. */
export async function runE2e(options: RunOptions): Promise<readonly string[]> {
  const { context, namespace, timeline, keep } = options;
  // A failed run sends nothing more while it is removed.
  const end = new AbortController();
  const patience: Patience = { clock: context.clock, signal: AbortSignal.any([options.signal, end.signal]) };
  const beside = await openClusterAccess(context, { namespace });
  const forwards = openForwards(beside.cluster, namespace);
  try {
    const deployed = await readDeployed(beside);
    const release = planRelease(deployed, namespace, `run-${context.clock.now().toString(36)}`);
    timeline.say(
      "cluster",
      `context ${beside.cluster.context}; ${namespace} stays as it is, ${release.namespace} is made`,
    );
    if (await release.remove()) timeline.say("cluster", "what an earlier run had left is gone");
    await removeStored(release, forwards);
    let access: ClusterAccess | undefined;
    try {
      await release.apply(files().before);
      await becomesReady(context, release.namespace, timeline, patience);
      access = await openClusterAccess(context, { namespace: release.namespace });
      return await play(options, { release, hasDashboard: deployed.hasDashboard }, access, forwards, patience);
    } finally {
      end.abort();
      await access?.close();
      if (keep) timeline.say("clean", `${release.namespace} is left, to be looked at; the next run removes it`);
      else await clean(context, release, forwards, timeline, access !== undefined);
    }
  } finally {
    forwards.close();
    await beside.close();
  }
}

/** With an access of its own: one that was opened before the topics were there would stay without dead letters. */
async function becomesReady(
  context: CommandContext,
  namespace: string,
  timeline: Timeline,
  patience: Patience,
): Promise<void> {
  const access = await openClusterAccess(context, { namespace });
  try {
    await isReady(access, patience);
  } finally {
    await access.close();
  }
  timeline.say("cluster", "the release is ready");
}

const files = () => pipelineFiles(readChartFile(FLIGHTS), readChartFile(LATER));

async function play(
  { context, flights, wakes, ingress, timeline }: RunOptions,
  { release, hasDashboard }: { readonly release: Release; readonly hasDashboard: boolean },
  first: ClusterAccess,
  forwards: Forwards,
  patience: Patience,
): Promise<readonly string[]> {
  const { clock, signal } = patience;
  const url = await ingressOf(first, ingress, forwards);
  const metricsOf = async (pod: string) => {
    const { host, port } = await forwards.reach(`${pod}.pods.${release.namespace}.svc`, METRICS_PORT);
    const answer = await fetch(`http://${host}:${port}/metrics`, { signal: AbortSignal.timeout(2000) });
    return answer.text();
  };
  const pods = watchPods({ access: first, clock, timeline, metricsOf });
  const dashboard = hasDashboard ? await watchDashboard(first, forwards, timeline, patience) : undefined;
  const stage: Stage = { access: first, timeline, pods, url, clock, signal };
  try {
    await isAtZero(stage, "the pods that showed that all is ready go");
    const all = readFlights();
    const [head, ...rest] = all.slice(0, 1 + flights + Math.floor(flights / 2));
    if (head === undefined) throw new FailedError("there are no flights");
    const firstWake = await wake(stage, head);
    const streamed = await stream(stage, rest.slice(0, flights), 1);
    await deadLetters(stage);
    const upgraded = await upgrade(stage, {
      flights: rest.slice(flights),
      before: 1 + flights,
      apply: () => release.apply(files().after),
      async reopen() {
        const { access } = stage;
        stage.access = await openClusterAccess(context, { namespace: release.namespace });
        if (access !== first) await access.close();
      },
    });
    await redriveEarly(stage);
    const named = await names(stage, underNames(all.slice(1 + rest.length)), 1 + rest.length);
    const zero = await isAtZero(stage, "nothing comes any more");
    await dashboard?.tell();
    const model = await modelOf(stage, FLIGHTS);
    const total = 1 + rest.length + NAMES.length;
    timeline.expect(
      "zero",
      `still ${count(total)} learned, ${count(total)} ids`,
      model?.count === total && model.learnedIds === total,
    );
    const unlabelled = all.slice(total, total + wakes - 1);
    const woken = [firstWake, ...(await wakeAgain(stage, unlabelled))];
    const learned = pods.learned();
    const facts: Fact[] = [
      ["first prediction", `${wakesTold(woken)} after the first event, from zero`],
      [
        "events",
        `${count(2 + streamed.accepted + upgraded.accepted + 2 + named.accepted)} accepted, some twice on purpose`,
      ],
      ["flights", `${count(total)} distinct, ${count(model?.count ?? 0)} learned`],
      ["pods at most", [...pods.most()].map(([name, most]) => `${name} ${most}`).join(", ")],
      [
        "commits",
        `${count(model?.version ?? 0)}, and ${count(learned.conflicts)} conflicts between pods that learned at once`,
      ],
      ["tried again", `${count(learned.retried)} answers of learn that the Broker retries`],
      ["killed", streamed.killed],
      [
        "upgrade",
        `${duration(upgraded.ms)} until all revisions were new, under load, after ${count(upgraded.at)} flights`,
      ],
      ["to zero", `${duration(zero)} after the last event`],
    ];
    return factLines(facts, context.terminal.out);
  } finally {
    await dashboard?.stop();
    await pods.stop();
    if (stage.access !== first) await stage.access.close();
  }
}
