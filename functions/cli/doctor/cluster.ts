// The checks of `wadi doctor --cluster`: what keeps Wadi from working there, or might. Nothing is changed.

import { type ClusterAccess, openClusterAccess } from "../../cluster/access.ts";
import { dispatchersOf, restartDispatcher } from "../../cluster/data-plane.ts";
import { brokerStatus, sinkOf, triggerOf, triggerStatus } from "../../cluster/eventing.ts";
import type { ClusterFlags } from "../../cluster/flags.ts";
import type { ClusterObjects, Meta } from "../../cluster/objects.ts";
import { readLastLines } from "../../cluster/read.ts";
import { stepsOf } from "../../cluster/steps.ts";
import type { GroupLook } from "../../lib/broker/kafka/log/groups.ts";
import { asError } from "../../lib/errors.ts";
import { UsageError } from "../../lib/failure.ts";
import { plural } from "../../lib/figures.ts";
import type { CommandContext } from "../context.ts";
import { checkStoreClock } from "./clock.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { retentionFindings } from "./kafka.ts";
import { checkNames } from "./spoilt-names.ts";
import { archiveFinding } from "./wadi.ts";

type Check = () => Promise<Finding[]>;

/** `close` ends the connections. A cluster that does not answer is the only finding then. @throws UsageError. */
export async function createClusterChecks(
  context: CommandContext,
  flags: ClusterFlags,
): Promise<{ readonly checks: readonly Check[]; close(): Promise<void> }> {
  let access: ClusterAccess | undefined;
  try {
    access = await openClusterAccess(context, flags);
    const objects = await access.objects();
    const here = access;
    const checks = [
      () => checkVersions(here),
      () => checkSteps(here, objects, context.clock.now()),
      async () => checkEventing(objects),
      () => checkData(here, objects.dataPlane),
    ];
    return { checks, close: () => here.close() };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    await access?.close();
    const finding = fail("cluster", asError(error).message, "until then nothing else can be checked");
    return { checks: [async () => [finding]], close: async () => {} };
  }
}

async function checkVersions({ cluster, namespace }: ClusterAccess): Promise<Finding[]> {
  const { gitVersion } = await cluster.get<{ gitVersion?: string }>("/version");
  const knative = await cluster
    .get<{ metadata: Meta }>("/api/v1/namespaces/knative-serving")
    .then(({ metadata }) => metadata.labels?.["app.kubernetes.io/version"])
    .catch(() => undefined); // the version is left out for who may not see that namespace
  const serving = knative === undefined ? "Knative Serving" : `Knative Serving ${knative}`;
  return [ok("cluster", `Kubernetes ${gitVersion ?? "?"} at ${cluster.server}, ${serving}; namespace ${namespace}`)];
}

async function checkSteps(
  { cluster, namespace }: ClusterAccess,
  objects: ClusterObjects,
  now: number,
): Promise<Finding[]> {
  const lastLine = await readLastLines(cluster, namespace, objects.pods);
  const steps = stepsOf({ ...objects, namespace, now, lastLine });
  const failing = steps.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [fail("steps", `${name}: ${problem.message}`, problem.cure)],
  );
  if (failing.length > 0) return failing;
  const waiting = steps.filter(({ state }) => state !== "ready").map(({ name }) => name);
  if (waiting.length > 0) return [warn("steps", `not ready yet: ${waiting.join(", ")}`, "check again in a minute")];
  return [ok("steps", `${steps.map(({ name }) => name).join(", ")}: all ready`)];
}

export function checkEventing(objects: ClusterObjects): Finding[] {
  const [broker, sink] = [brokerStatus(objects), sinkOf(objects)];
  const found: Finding[] = [];
  if (broker === undefined) found.push(fail("broker", "there is no Broker", "install the chart again (make deploy)"));
  else if (broker.problem !== undefined) found.push(fail("broker", broker.problem.message, broker.problem.cure));
  else found.push(ok("broker", `${broker.name} of class ${broker.class}`));
  if (sink?.problem !== undefined) found.push(fail("letters", sink.problem.message, sink.problem.cure));
  return [...found, ...objects.services.flatMap(({ metadata }) => checkTrigger(metadata.name, objects))];
}

/** A Trigger's delivery block replaces the Broker's as a whole: what it leaves out is not set. */
function checkTrigger(step: string, objects: ClusterObjects): Finding[] {
  const trigger = triggerOf(step, objects.triggers);
  const { problem } = triggerStatus(step, objects);
  if (trigger === undefined || problem !== undefined) {
    return [
      fail(
        "trigger",
        `${step}: ${problem?.message ?? "it has no Trigger"}`,
        problem?.cure ?? "install the chart again",
      ),
    ];
  }
  const { deadLetterSink, retry } = trigger.spec.delivery ?? {};
  const again = "install the chart again: it writes the delivery block of each Trigger";
  if (deadLetterSink === undefined)
    return [fail("trigger", `${step}: no dead-letter sink, so events that fail are lost`, again)];
  if (retry === undefined)
    return [fail("trigger", `${step}: no retries, so the first failure is a dead letter`, again)];
  return [];
}

async function checkData(access: ClusterAccess, dataPlane: ClusterObjects["dataPlane"]): Promise<Finding[]> {
  let data: Awaited<ReturnType<ClusterAccess["data"]>>;
  try {
    data = await access.data();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return [fail("store", asError(error).message, "until then neither store nor log can be checked")];
  }
  const { admin, store, log } = data;
  const status = await admin.status();
  const { missing, clockAheadSeconds } = status.store;
  const clock = checkStoreClock(clockAheadSeconds);
  const at = store.at ?? "";
  const found =
    missing === undefined
      ? ok("store", `${at}, ${plural(status.modelSets, "model set")}`)
      : fail("store", store.missing() ?? missing, "events wait meanwhile; nothing is lost");
  const archive = status.archive === undefined ? [] : [archiveFinding(status.archive, "wadi archive status --cluster")];
  if (status.log?.missing !== undefined) {
    return [
      found,
      ...clock,
      ...archive,
      warn("kafka", log.missing() ?? status.log.missing, "without it lag and dead letters are unknown"),
    ];
  }
  const letters =
    status.deadLetters === 0
      ? ok("letters", "no dead letters")
      : warn("letters", plural(status.deadLetters, "dead letter"), "see why: wadi dlq list --cluster");
  const kafka = await log.look?.().then(
    ({ topics, address, retention }) => [
      ok(
        "kafka",
        `${log.at}; ${topics.map(({ name, partitions }) => `${name} (${plural(partitions, "partition")})`).join(", ")}`,
      ),
      ...topics.flatMap((one) => retentionFindings(one, address, retention)),
    ],
    (error: unknown) => [warn("kafka", asError(error).message, "the settings of its topics were not checked")],
  );
  const groups = await log.groups?.(dispatchersOf(dataPlane) ?? Infinity).then(
    (seen) => groupFindings(seen, dataPlane),
    (error: unknown) => [warn("kafka", asError(error).message, "the consumer groups of the Triggers were not checked")],
  );
  return [
    found,
    ...clock,
    ...(kafka ?? []),
    ...(groups ?? []),
    letters,
    ...archive,
    await checkNames(log.broker.log, data.pipelines),
  ];
}

/** A Trigger that changes while its events are retried can get a second consumer beside the first. */
export function groupFindings(groups: readonly GroupLook[], dataPlane: ClusterObjects["dataPlane"]): Finding[] {
  const most = dispatchersOf(dataPlane);
  const cure = `restart the dispatcher (nothing is lost): ${restartDispatcher(dataPlane)}`;
  return groups.flatMap(({ trigger, group, members, rebalancing }) => {
    const isCrowded = most !== undefined && members > most;
    if (!isCrowded && !rebalancing) return [];
    const crowd = isCrowded
      ? `has ${plural(members, "member")} for ${plural(most, "dispatcher pod")}: one is left over and works with old settings`
      : `has ${plural(members, "member")}`;
    const never = rebalancing ? "; its rebalance does not end, so events wait" : "";
    return [fail("trigger", `${trigger}: its consumer group ${group} ${crowd}${never}`, cure)];
  });
}
