// How a command reaches Wadi: over HTTP where one runs, else through its data folder, under its lock; on a cluster through
// its store and log.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { Admin } from "../admin/admin.ts";
import type { OfflineAdmin } from "../admin/open/offline.ts";
import { type ClusterFlags, DEFAULT_NAMESPACE, isOfCluster } from "../cluster/flags.ts";
import { readMaxStateBytes, readRetention } from "../lib/config.ts";
import { asError, ConfigurationError, UnavailableError } from "../lib/errors.ts";
import { FailedError, UsageError } from "../lib/failure.ts";
import { HOME, shown } from "../lib/program.ts";
import type { CommandContext } from "./context.ts";
import { redisAddress } from "./run/addresses.ts";
import { foldersOf, type Running, readRunning } from "./run/running.ts";

export interface AdminFlags extends ClusterFlags {
  readonly data?: string;
  readonly url?: string;
  readonly token?: string;
  readonly pipelines: string;
  readonly values: string;
  readonly json?: boolean;
  /** Only for commands that have this option. */
  readonly redis?: string;
}

/** What answers. */
export type Where =
  | { readonly kind: "process"; readonly url: string; readonly running?: Running }
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "redis" }
  | { readonly kind: "cluster"; readonly context: string; readonly namespace: string };

const PROBE_MS = 5_000;

const STORE_OF_CLUSTER = "Redis address to use if the chart's is unreachable from here";
const SHARED_STORE =
  "a Redis shared by several Wadis, read directly (WADI_REDIS, if no Wadi is running here); with --cluster the store's address as seen from here";

/** The options of every command that asks Wadi something. */
export function withAdminOptions(command: Command, redis = STORE_OF_CLUSTER): Command {
  return command
    .optionsGroup("Which Wadi:")
    .option("--data <folder>", "the data folder (.wadi/data, else .wadi/demo)")
    .option("--url <url>", "the admin API's address (WADI_ADMIN_URL, else the Wadi that runs on the data folder)")
    .option("--token <token>", "the admin API's token (WADI_ADMIN_TOKEN, else the data folder's)")
    .addOption(
      new Option("--pipelines <folder>", "the pipeline files; used only if no Wadi is running").default(
        shown(join(HOME, "helm/pipelines")),
      ),
    )
    .addOption(
      new Option("--values <file>", "the chart's values; used only if no Wadi is running").default(
        shown(join(HOME, "helm/values.yaml")),
      ),
    )
    .optionsGroup("On a cluster:")
    .option("--cluster", "the Wadi on the cluster of the kube config")
    .option("--context <name>", "the context of the kube config (its current one)")
    .option("--namespace <name>", `the namespace where Wadi is installed (${DEFAULT_NAMESPACE})`)
    .option("--redis <url>", redis)
    .option("--kafka <address>", "Kafka's address, where the Broker's cannot be reached from here")
    .optionsGroup("What is shown:")
    .option("--json", "the answer as JSON");
}

/** Runs `use` with the admin port and closes it afterwards. @throws UsageError, FailedError, ConfigurationError with the cure. */
export async function withAdmin<T>(
  context: CommandContext,
  flags: AdminFlags,
  use: (admin: Admin, where: Where) => Promise<T>,
): Promise<T> {
  if (isOfCluster(flags)) return withCluster(context, flags, use);
  const live = await findRunning(context, flags);
  if (live !== undefined) return use(live.admin, live.where);
  const folder = foldersOf(flags.data).find((one) => existsSync(join(one, "store.db")));
  if (folder === undefined) throw nothingThere(flags);
  const { openOfflineAdmin } = await import("../admin/open/offline.ts");
  const { pipelines, values } = flags;
  const offline = await openOfflineAdmin({
    dataFolder: folder,
    pipelinesFolder: pipelines,
    valuesFile: values,
    retention: readRetention(context.env),
    maxStateBytes: readMaxStateBytes(context.env),
  }).catch((error: unknown) => {
    throw busyFolder(folder, error);
  });
  return using(offline, { kind: "folder", folder }, use);
}

async function using<T>(
  { admin, close }: OfflineAdmin,
  where: Where,
  use: (admin: Admin, where: Where) => Promise<T>,
): Promise<T> {
  try {
    return await use(admin, where);
  } finally {
    await close();
  }
}

/** Like `withAdmin`, but a Redis named by `--redis`, or by WADI_REDIS where no Wadi runs, takes precedence over a data folder. */
export async function withModels<T>(
  context: CommandContext,
  flags: AdminFlags,
  use: (admin: Admin, where: Where) => Promise<T>,
): Promise<T> {
  const { redis: given, data, pipelines, ...rest } = flags;
  const known = context.env["WADI_REDIS"]?.trim() || undefined;
  const isHere = !isOfCluster(rest);
  const shared = isHere && given === undefined && data === undefined && known !== undefined;
  const asked = shared && (await findRunning(context, flags)) === undefined ? known : given;
  if (!isHere || asked === undefined) return withAdmin(context, flags, use);
  const { openStoreAdmin } = await import("../admin/open/offline.ts");
  return using(
    await openStoreAdmin(redisAddress(asked), pipelines, readRetention(context.env)),
    { kind: "redis" },
    use,
  );
}

/** The options of `withModels`. */
export function withModelsOptions(command: Command): Command {
  return withAdminOptions(command, SHARED_STORE);
}

async function withCluster<T>(
  context: CommandContext,
  flags: AdminFlags,
  use: (admin: Admin, where: Where) => Promise<T>,
): Promise<T> {
  const { openClusterAccess } = await import("../cluster/access.ts");
  const access = await openClusterAccess(context, flags);
  try {
    const { admin } = await access.data();
    return await use(admin, { kind: "cluster", context: access.cluster.context, namespace: access.namespace });
  } finally {
    await access.close();
  }
}

/**
 * The running Wadi; undefined where none runs and no address was given.
 * @throws UsageError for an invalid address; UnavailableError where nothing answers at the given address.
 */
export async function findRunning(
  { env }: CommandContext,
  flags: AdminFlags,
): Promise<{ readonly admin: Admin; readonly where: Where } | undefined> {
  const given = flags.url ?? (env["WADI_ADMIN_URL"]?.trim() || undefined);
  const token = flags.token ?? (env["WADI_ADMIN_TOKEN"]?.trim() || undefined);
  const candidates = foldersOf(flags.data).flatMap((folder) => readRunning(folder) ?? []);
  if (given === undefined && candidates.length === 0) return undefined;
  const { connectAdmin } = await import("../admin/http/client.ts");
  if (given !== undefined) {
    const url = adminUrl(flags.url === undefined ? "WADI_ADMIN_URL" : "--url", given);
    const running = candidates.find((one) => sameAddress(one.url, url));
    const admin = connectAdmin({ url, token: token ?? running?.token ?? "" });
    return { admin, where: { kind: "process", url, ...(running && { running }) } };
  }
  for (const running of candidates) {
    const { url, token } = running;
    if (await answers(connectAdmin({ url, token, timeoutMs: PROBE_MS }))) {
      return { admin: connectAdmin(running), where: { kind: "process", url: running.url, running } };
    }
  }
  return undefined;
}

/** False for one that is stopping or hangs. */
async function answers(admin: Admin): Promise<boolean> {
  try {
    await admin.status();
    return true;
  } catch {
    return false;
  }
}

function adminUrl(flag: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url.href.replace(/\/$/, "");
  throw new UsageError(
    `${flag}: ${JSON.stringify(text)} is not an http address; write it like http://127.0.0.1:8090 (wadi start shows it)`,
  );
}

function sameAddress(a: string, b: string): boolean {
  const [one, other] = [new URL(a), new URL(b)];
  const host = ({ hostname }: URL) => (hostname === "localhost" ? "127.0.0.1" : hostname);
  return one.port === other.port && host(one) === host(other);
}

function nothingThere({ data }: AdminFlags): FailedError {
  const where = data === undefined ? "here (.wadi/data)" : `in ${data}`;
  return new FailedError(
    `no Wadi runs ${where}, and there is no data of an earlier one; start one with \`wadi start\`, or choose another: --data <folder>, or --url and --token`,
  );
}

/** For a data folder that is locked although nothing answered. */
function busyFolder(folder: string, error: unknown): unknown {
  const running = readRunning(folder);
  if (!(error instanceof ConfigurationError) || !/another Wadi process/.test(error.message)) return error;
  const who = running === undefined ? "a Wadi" : `the Wadi at ${running.url} (process ${running.pid})`;
  return new UnavailableError(
    "busy",
    `${who} holds ${folder} and does not answer; try again in a moment, or stop it (${asError(error).message})`,
    { cause: error },
  );
}
