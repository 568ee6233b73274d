// The dashboard of the run's own release: it wakes, sees the pods of the steps come and go, and may look and no more. It is asked
// all the way through the run, as an open page asks it.

import type { Admin } from "../admin/admin.ts";
import { connectAdmin } from "../admin/http/client.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import { openDoor, readService } from "../cluster/door.ts";
import type { Forwards } from "../cluster/forward.ts";
import { readTokenOf } from "../cluster/settings.ts";
import { asError } from "../lib/errors.ts";
import { duration } from "../lib/figures.ts";
import { pause } from "../lib/pause.ts";
import { runTool } from "./run-tool.ts";
import type { Timeline } from "./timeline.ts";
import { type Patience, until } from "./until.ts";

export interface DashboardWatch {
  /** What it has seen by now, as expectations. */
  tell(): Promise<void>;
  stop(): Promise<void>;
}

interface SeenOfStep {
  /** Pods at most, and now. */
  most: number;
  now: number;
  coldStartSeconds: number | undefined;
}

const DASHBOARD = "dashboard";
const WAKE_SECONDS = 120;
/** As the page asks. */
const EVERY_MS = 2000;
/** Its answers are up to a second old, so it may see the last pod go after us. */
const LOOKS_AT_THE_END = 5;

export async function watchDashboard(
  { cluster, namespace }: Pick<ClusterAccess, "cluster" | "namespace">,
  forwards: Forwards,
  timeline: Timeline,
  patience: Patience,
): Promise<DashboardWatch> {
  const { clock, signal } = patience;
  const token = await readTokenOf(cluster, await readService(cluster, namespace, DASHBOARD), namespace);
  // The steps may be ready before it.
  const door = await until("a dashboard that is ready", patience, { seconds: WAKE_SECONDS }, () =>
    openDoor({ cluster, forwards, namespace, service: DASHBOARD, port: 0 }),
  );
  const admin = connectAdmin({ url: door.url, token });
  const begun = clock.now();
  const { steps } = await until("an answer of the dashboard", patience, { seconds: WAKE_SECONDS }, () =>
    admin.cluster(),
  );
  timeline.expect(
    DASHBOARD,
    `it answers through the cluster, after ${duration(clock.now() - begun)}`,
    steps.length > 0,
  );
  await expectRights(namespace, timeline);
  const seen = new Map<string, SeenOfStep>();
  const end = new AbortController();
  const ended = AbortSignal.any([signal, end.signal]);
  const watching = (async () => {
    while (!ended.aborted) {
      await look(admin, seen).catch((error: unknown) => {
        timeline.note(DASHBOARD, `it does not answer: ${asError(error).message}`);
      });
      await pause(EVERY_MS, clock, ended);
    }
  })();
  return {
    async tell() {
      await look(admin, seen);
      for (let looks = 1; looks < LOOKS_AT_THE_END && [...seen.values()].some(({ now }) => now > 0); looks++) {
        await pause(EVERY_MS, clock, signal);
        await look(admin, seen);
      }
      for (const [name, { most, now, coldStartSeconds }] of seen) {
        const cold = coldStartSeconds === undefined ? "" : `, a cold start of ${coldStartSeconds} s`;
        const text = `it saw the pods of ${name} come and go`;
        const isMet = most > 0 && now === 0 && coldStartSeconds !== undefined;
        timeline.expect(DASHBOARD, `${text}: up to ${most}${cold}`, isMet, `${now} are there now`);
      }
    },
    async stop() {
      end.abort();
      await watching;
      door.close();
    },
  };
}

async function look(admin: Admin, seen: Map<string, SeenOfStep>): Promise<void> {
  for (const { name, pods, coldStartSeconds } of (await admin.cluster()).steps) {
    const now = pods.ready + pods.starting + pods.ending;
    seen.set(name, { now, most: Math.max(now, seen.get(name)?.most ?? 0), coldStartSeconds });
  }
}

/** Verb and resource, in its own namespace unless another is said. */
const RIGHTS: readonly (readonly [may: boolean, verb: string, resource: string, elsewhere?: string])[] = [
  [true, "list", "pods"],
  [true, "list", "services.serving.knative.dev"],
  [true, "list", "triggers.eventing.knative.dev"],
  [false, "get", "secrets"],
  [false, "list", "secrets"],
  [false, "get", "configmaps"],
  [false, "get", "pods/log"],
  [false, "create", "pods/exec"],
  [false, "create", "pods"],
  [false, "delete", "pods"],
  [false, "patch", "services.serving.knative.dev"],
  [false, "update", "triggers.eventing.knative.dev"],
  [false, "list", "pods", "knative-serving"],
  [false, "list", "pods", "redis"],
];

async function expectRights(namespace: string, timeline: Timeline): Promise<void> {
  const account = `system:serviceaccount:${namespace}:${DASHBOARD}`;
  const wrong: string[] = [];
  for (const [may, verb, resource, elsewhere] of RIGHTS) {
    const where = elsewhere ?? namespace;
    // Its exit code is 1 where the answer is no.
    const args = ["auth", "can-i", verb, resource, "--as", account, "--namespace", where, "--quiet"];
    const can = await runTool("kubectl", args).then(
      () => true,
      () => false,
    );
    if (can !== may) wrong.push(`it may ${may ? "not " : ""}${verb} ${resource} in ${where}`);
  }
  const text = "its account may look at its own namespace, and can do no more";
  timeline.expect(DASHBOARD, text, wrong.length === 0, wrong.join("; "));
}
