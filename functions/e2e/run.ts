// A run from its beginning to its end: a release of its own is installed, the acts are played, and nothing of it is left.

import { type ClusterAccess, openClusterAccess, reachStore } from "../cli/cluster-access.ts";
import { brokerInUse } from "../cli/cluster-eventing.ts";
import { type Forwards, openForwards } from "../cli/cluster-forward.ts";
import { readClusterStatus } from "../cli/cluster-status.ts";
import type { CommandContext } from "../cli/context.ts";
import { FailedError } from "../cli/exit.ts";
import { type Fact, factLines } from "../cli/facts.ts";
import { count, duration } from "../cli/figures.ts";
import { readFlights } from "../cli/flights.ts";
import type { ClusterStatus } from "../dashboard/cluster-shapes.ts";
import { asError } from "../lib/errors.ts";
import { parseRedisAddress } from "../lib/store/redis-address.ts";
import { deadLetters, stream } from "./act-stream.ts";
import { redriveEarly, upgrade } from "./act-upgrade.ts";
import { wake } from "./act-wake.ts";
import { readChartFile } from "./chart-files.ts";
import { readDeployed } from "./deployed.ts";
import { LATER, pipelineFiles } from "./pipeline-files.ts";
import { watchPods } from "./pod-watch.ts";
import { planRelease, type Release } from "./release.ts";
import { FLIGHTS, modelOf, type Stage } from "./stage.ts";
import { removeKeys } from "./store-keys.ts";
import type { Timeline } from "./timeline.ts";
import { type Patience, until } from "./until.ts";

export interface RunOptions {
  readonly context: CommandContext;
  /** Of the Wadi that was deployed. */
  readonly namespace: string;
  /** Flights in the second act; half as many in the third. */
  readonly flights: number;
  /** The Broker's ingress as it is reached from here; without it, by a forward. */
  readonly ingress: string | undefined;
  /** Leaves the release, to be looked at. */
  readonly keep: boolean;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
}

const READY_SECONDS = 300;
const ZERO_SECONDS = 420;
const METRICS_PORT = 8080;

/** The figures, for the summary. @throws FailedError where it could not go on. */
export async function runE2e(options: RunOptions): Promise<readonly string[]> {
  const { context, namespace, timeline, signal, keep } = options;
  const patience: Patience = { clock: context.clock, signal };
  const beside = await openClusterAccess(context, { namespace });
  const forwards = openForwards(beside.cluster, namespace);
  try {
    const deployed = await readDeployed(beside);
    const release = planRelease(deployed, namespace, context.clock.now().toString(36));
    timeline.say(
      "cluster",
      `context ${beside.cluster.context}; ${namespace} stays as it is, ${release.namespace} is made`,
    );
    if (await release.remove()) timeline.say("cluster", "what an earlier run had left is gone");
    await removeStored(release, forwards);
    let access: ClusterAccess | undefined;
    try {
      await release.apply(files().before);
      access = await openClusterAccess(context, { namespace: release.namespace });
      return await play(options, release, access, forwards, patience);
    } finally {
      await access?.close();
      if (keep) timeline.say("clean", `${release.namespace} is left, to be looked at; the next run removes it`);
      else await clean(context, release, forwards, timeline, access !== undefined);
    }
  } finally {
    forwards.close();
    await beside.close();
  }
}

const files = () => pipelineFiles(readChartFile(FLIGHTS), readChartFile(LATER));

async function play(
  { context, flights, ingress, timeline, signal }: RunOptions,
  release: Release,
  first: ClusterAccess,
  forwards: Forwards,
  patience: Patience,
): Promise<readonly string[]> {
  const { clock } = context;
  await isReady(first, patience);
  timeline.say("cluster", "the release is ready");
  const url = await ingressOf(first, ingress, forwards);
  const metricsOf = async (pod: string) => {
    const { host, port } = await forwards.reach(`${pod}.pods.${release.namespace}.svc`, METRICS_PORT);
    const answer = await fetch(`http://${host}:${port}/metrics`, { signal: AbortSignal.timeout(2000) });
    return answer.text();
  };
  const pods = watchPods({ access: first, clock, timeline, metricsOf });
  const stage: Stage = { access: first, timeline, pods, url, clock, signal };
  try {
    await isAtZero(stage, "the pods that showed that all is ready go");
    const [head, ...rest] = readFlights().slice(0, 1 + flights + Math.floor(flights / 2));
    if (head === undefined) throw new FailedError("there are no flights");
    const predicted = await wake(stage, head);
    const streamed = await stream(stage, rest.slice(0, flights), 1);
    const burst = { ...pods.learned(), most: new Map(pods.most()) };
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
    const zero = await isAtZero(stage, "nothing comes any more");
    const model = await modelOf(stage, FLIGHTS);
    const total = 1 + rest.length;
    timeline.expect(
      "zero",
      `still ${count(total)} learned, ${count(total)} ids`,
      model?.count === total && model.learnedIds === total,
    );
    const all = pods.learned();
    const facts: Fact[] = [
      ["first prediction", `${duration(predicted)} after the first event, from zero`],
      ["events", `${count(2 + streamed.accepted + upgraded.accepted + 2)} accepted, some twice on purpose`],
      ["flights", `${count(total)} distinct, ${count(model?.count ?? 0)} learned`],
      ["pods at most", [...burst.most].map(([name, most]) => `${name} ${most}`).join(", ")],
      [
        "commits",
        `${count(model?.version ?? 0)}, and ${count(all.conflicts)} conflicts between pods that learned at once`,
      ],
      ["tried again", `${count(all.retried)} answers of learn that the Broker retries`],
      ["killed", streamed.killed],
      [
        "upgrade",
        `${duration(upgraded.ms)} until all revisions were new, under load, after ${count(upgraded.at)} flights`,
      ],
      ["to zero", `${duration(zero)} after the last event`],
    ];
    return factLines(facts, context.terminal.out);
  } finally {
    await pods.stop();
    if (stage.access !== first) await stage.access.close();
  }
}

async function isReady(access: ClusterAccess, { clock, signal }: Patience): Promise<void> {
  let status: ClusterStatus | undefined;
  const parts = ({ steps, broker, sink }: ClusterStatus) => [
    ...steps.flatMap(({ name, state, problem, trigger }) => [
      { name, state, problem },
      { ...trigger, name: `the trigger ${name}` },
    ]),
    { name: "the broker", ...broker },
    { name: "the sink", ...sink },
  ];
  const instead = () =>
    (status === undefined ? [] : parts(status))
      .filter(({ state }) => state !== "ready")
      .map(({ name, state, problem }) => `${name}: ${problem?.message ?? state ?? "not there"}`)
      .join("; ");
  await until("a release that is ready", { clock, signal }, { seconds: READY_SECONDS, instead }, async () => {
    status = await readClusterStatus(access, clock.now());
    return parts(status).every(({ state }) => state === "ready") || undefined;
  });
}

/** Milliseconds until no pod was left. */
async function isAtZero({ timeline, pods, clock, signal }: Stage, why: string): Promise<number> {
  const begun = clock.now();
  timeline.say("zero", why);
  const instead = () =>
    `there are ${pods
      .pods()
      .map(({ metadata }) => metadata.name)
      .join(", ")}`;
  await until("no pod", { clock, signal }, { seconds: ZERO_SECONDS, instead }, async () => {
    await pods.look();
    return pods.pods().length === 0 || undefined;
  });
  timeline.expect("zero", `no pod is left: ${duration(clock.now() - begun)}`, true);
  return clock.now() - begun;
}

async function ingressOf(access: ClusterAccess, ingress: string | undefined, forwards: Forwards): Promise<string> {
  const broker = brokerInUse(await access.objects());
  const address = broker?.status?.address?.url;
  if (broker === undefined || address === undefined) throw new FailedError("the Broker has no address");
  if (ingress !== undefined) return `${ingress}/${access.namespace}/${broker.metadata.name}`;
  const { hostname, port, pathname } = new URL(address);
  const reached = await forwards.reach(hostname, Number(port || 80));
  return `http://${reached.host}:${reached.port}${pathname}`;
}

/** @param isInstalled false: there is no release that could be asked. */
async function clean(
  context: CommandContext,
  release: Release,
  forwards: Forwards,
  timeline: Timeline,
  isInstalled: boolean,
): Promise<void> {
  if (isInstalled) await removeDecisions(context, release, timeline);
  await release.remove();
  const keys = await removeStored(release, forwards);
  timeline.say("clean", `release, namespace, topics and ${count(keys)} keys of the store are gone`);
}

/** By an access of its own: that of the run may be what failed. */
async function removeDecisions(context: CommandContext, { namespace }: Release, timeline: Timeline): Promise<void> {
  const access = await openClusterAccess(context, { namespace });
  try {
    await (await access.data()).log.removeDecisions?.();
  } catch (error) {
    timeline.note("clean", `what was decided of dead letters stays in Kafka: ${asError(error).message}`);
  } finally {
    await access.close();
  }
}

async function removeStored({ store }: Release, forwards: Forwards): Promise<number> {
  const address = parseRedisAddress(store);
  if (address === undefined) throw new FailedError("the address of the store takes no name before its keys");
  const { local, missing } = await reachStore(forwards, address);
  const why = missing();
  if (why !== undefined) throw new FailedError(`the store cannot be reached: ${why}`);
  return removeKeys(local);
}
