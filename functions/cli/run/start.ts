// wadi start: all of Wadi in this process, ready for curl until Ctrl-C.

import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { OpenGenerator } from "../../admin/tries/generator-port.ts";
import { readArchivePlace, showArchivePlace } from "../../archive/place.ts";
import { showKafkaAddress, topicOf } from "../../lib/broker/kafka/address.ts";
import {
  type Env,
  readAllowedHosts,
  readMaxStaleness,
  readMaxStateBytes,
  readRetention,
  readSnapshotPolicy,
} from "../../lib/config.ts";
import { HOUR_MS, parseDuration } from "../../lib/duration.ts";
import { HOME, programName, shown } from "../../lib/program.ts";
import { readSteps, showUrl } from "../../local/remote/setting.ts";
import type { LocalOptions, LocalWadi } from "../../local/start.ts";
import { type CommandContext, DEFAULT_ADMIN_PORT, DEFAULT_PORT, DEFAULT_URL } from "../context.ts";
import { ExitCode } from "../terminal/exit.ts";
import { aborted, catchInterrupt } from "../terminal/interrupt.ts";
import { writeJson } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { kafkaAddress, redisAddress } from "./addresses.ts";
import { pageLink } from "./running.ts";

const HELP = `
Examples:
  wadi start
  wadi start --data .wadi/other --port 8081 --admin-port 8091     a second one beside the first
  wadi start --redis redis://127.0.0.1:6379                       models, joins and learned ids in Redis
  wadi start --kafka localhost:9092 --redis redis://127.0.0.1:6379     and events in Kafka
  wadi start --archive wadi-archive                               and every event kept for good
  wadi start --archive s3://bucket/prefix                         the same in a store that speaks S3
  wadi start --redis redis://127.0.0.1:6379 --steps http://{step}.default.example.com/     functions that run elsewhere

With --redis (or WADI_REDIS, which hides a password) any number of processes share the models, each with a
data folder and ports of its own. redis[s][+cluster]://[user[:password]@]host[:port][,host...][/db][?namespace=name]

With --kafka (or WADI_KAFKA) events and dead letters are in Kafka, and processes on one Kafka and one Redis share the work.
[kafka[s]://][user[:password]@]host[:port][,host...][?namespace=wadi&broker=default&partitions=4&replication=3
&deadLetters=topic&mechanism=scram-sha-512]. Missing topics are made: knative-broker-<namespace>-<broker>,
<namespace>-dead-letters and its -decisions; groups are named knative-trigger-<namespace>-<step>.

With --archive (or WADI_ARCHIVE) every accepted event is a row of a Delta Lake table, once; wadi archive status looks at it. While the
archive is away events are taken all the same, and the log keeps them; in Kafka no longer than the topic's retention. For s3:// the usual
variables say where and with what right: AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, and AWS_ENDPOINT_URL_S3
for a store that is not Amazon's. A store that does not apply conditional writes is refused at the start.

With --steps (or WADI_STEPS) this process calls the steps by URL and keeps delivery: retries, replies, dead letters. {step} in the URL
stands for the step's name; else it is appended to the path. validate=http://...,learn=http://... calls these two, each at that very URL,
and keeps the others here. WADI_STEPS_HEADERS: headers for each call, one Name: value a line, or @file with such lines. An answer without
the header wadi-step is the platform's, and is tried again. Steps that keep state need a Redis, and --redis must name the same one.

WADI_LOG_RETENTION_HOURS (168) and WADI_DEAD_LETTER_RETENTION_HOURS (336): how long log and dead letters are kept. The store
remembers the longest ones. If unset, the store's value is used. A smaller one is refused; the message says how to shorten it.

WADI_SNAPSHOT_EVERY (500) and WADI_SNAPSHOTS (20): keep a snapshot every 500 versions; keep the last 20.

WADI_MAX_STATE_BYTES (16777216): about how large the state of a model set may become; then new names are left out.

Requests from other sites' pages are refused: Host and Origin must name this machine. WADI_ALLOWED_HOSTS=wadi.example.org,other
adds names, for a proxy or a container; * is any.

Ctrl-C finishes what is under way; what is left stays in the log. kill -9 loses nothing either.

--json writes one object once it takes events: {url, adminUrl, data, pipelines, pid}.

Exit codes: 0 stopped; 1 it could not start, and the message says why; 2 wrong use.`;

export interface StartOptions {
  readonly data: string;
  readonly port: number;
  readonly adminPort: number;
  readonly host: string;
  readonly pipelines: string;
  readonly values: string;
  readonly logLevel: string;
  readonly redis?: string;
  readonly kafka?: string;
  readonly archive?: string;
  readonly archiveEvery?: number;
  /** Where steps are that are called by URL. */
  readonly steps?: string;
  readonly stepsMaxBytes?: number;
  readonly stepsConcurrency?: number;
  /** Seconds; default: WADI_MAX_STALENESS_SECONDS. */
  readonly maxStaleness?: string;
}

/** The settings that every command has which starts Wadi here. */
export function withStartOptions(command: Command, data: string): Command {
  return command
    .option("--data <folder>", "the data folder: journal and store", data)
    .option("--port <number>", "the port of broker and functions; 0 takes a free one", readPort, DEFAULT_PORT)
    .option(
      "--admin-port <number>",
      "the port of the admin API; 0 takes a free one (WADI_ADMIN_TOKEN sets its token, WADI_VIEW_TOKEN one to look with)",
      readPort,
      DEFAULT_ADMIN_PORT,
    )
    .option("--host <address>", "where to listen; 0.0.0.0 lets other machines in", "127.0.0.1")
    .option("--pipelines <folder>", "the pipeline files", shown(join(HOME, "helm/pipelines")))
    .option(
      "--values <file>",
      "the chart's values; its `steps:` section says which step takes which events",
      shown(join(HOME, "helm/values.yaml")),
    )
    .option("--log-level <level>", "debug, info, warn, error or silent; logs go to standard error", "warn");
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("a port is a whole number from 0 to 65535.");
}

function readPositive(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("a whole number from 1.");
}

function readEvery(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1000 && ms <= HOUR_MS) return ms;
  throw new InvalidArgumentError("a duration such as 30s or 5m, from 1s to 1h.");
}

function readSeconds(text: string): string {
  if (/^\d+$/.test(text) && Number(text) <= 604_800) return text;
  throw new InvalidArgumentError("seconds are a whole number from 0 to 604800.");
}

/** @throws ConfigurationError, UnavailableError, each with its cure. */
export async function startWadi(
  { data, pipelines, values, redis, kafka, archive, archiveEvery, maxStaleness, steps, ...options }: StartOptions,
  env: Env,
): Promise<LocalWadi> {
  const [adminToken, viewToken] = [env["WADI_ADMIN_TOKEN"]?.trim(), env["WADI_VIEW_TOKEN"]?.trim()];
  const local: LocalOptions = { ...options, dataFolder: data, pipelinesFolder: pipelines, valuesFile: values };
  const { startLocal } = await import("../../local/start.ts");
  const openGenerator: OpenGenerator = async (tools) => {
    const { generatorHere } = await import("../../feed/making/here.ts");
    return generatorHere(tools);
  };
  return startLocal({
    ...local,
    openGenerator,
    retention: readRetention(env),
    snapshots: readSnapshotPolicy(env),
    maxStateBytes: readMaxStateBytes(env),
    allowedHosts: readAllowedHosts(env),
    maxStalenessMs: readMaxStaleness(maxStaleness === undefined ? env : { WADI_MAX_STALENESS_SECONDS: maxStaleness }),
    ...(adminToken !== undefined && adminToken !== "" && { adminToken }),
    ...(viewToken !== undefined && viewToken !== "" && { viewToken }),
    ...(redis !== undefined && { store: redisAddress(redis) }),
    ...(kafka !== undefined && { kafka: kafkaAddress(kafka) }),
    ...(steps !== undefined && { steps: stepsSetting(steps, options, env) }),
    ...(archive !== undefined && { archive: { place: readArchivePlace(archive, env), everyMs: archiveEvery } }),
  });
}

function stepsSetting(steps: string, { stepsMaxBytes, stepsConcurrency }: Partial<StartOptions>, env: Env) {
  const limits = { maxBytes: stepsMaxBytes, concurrency: stepsConcurrency };
  return readSteps(steps, env["WADI_STEPS_HEADERS"], limits);
}

/** Where the page and the admin API are, and their token where it was made just now: it is not shown again. */
export function adminLines({ adminUrl, newAdminToken }: LocalWadi, { palette }: Output): string {
  if (adminUrl === undefined) return "";
  const page = newAdminToken === undefined ? `${adminUrl}/` : pageLink(adminUrl, newAdminToken);
  const lines = [
    `${palette.quiet("page")}       ${page}${newAdminToken === undefined ? `  (${programName()} page prints a link that logs in)` : ""}`,
    `${palette.quiet("admin")}      ${adminUrl}/api/openapi.json`,
    ...(newAdminToken === undefined ? [] : [`${palette.quiet("token")}      ${newAdminToken}  (shown this once)`]),
  ];
  return `${lines.join("\n")}\n`;
}

export function startCommand(context: CommandContext): Command {
  const { terminal, exitWith } = context;
  const command = withStartOptions(new Command("start"), ".wadi/data")
    .summary("run Wadi here: broker, functions and store in one process")
    .description(
      "Runs Wadi in this process, ready for curl until Ctrl-C: broker, four functions and store, one data folder.",
    )
    .option("--redis <url>", "models, joins and learned ids in Redis, shared with other processes (WADI_REDIS)")
    .option("--kafka <address>", "events and dead letters in Kafka, shared with other processes (WADI_KAFKA)")
    .option(
      "--archive <place>",
      "keep every accepted event for good in a Delta Lake table: in a folder, or in s3://bucket/prefix (WADI_ARCHIVE)",
    )
    .option(
      "--archive-every <duration>",
      "the longest time an event waits to be archived, 1s to 1h; default 30s",
      readEvery,
    )
    .option(
      "--max-staleness <seconds>",
      "while the store is away, for how long predictions without an id come from the last state; 0 for never (WADI_MAX_STALENESS_SECONDS, else 300)",
      readSeconds,
    )
    .option(
      "--steps <url>",
      "call the steps by URL: one for all, or <step>=<url>,... for some (WADI_STEPS; WADI_STEPS_HEADERS goes with each call)",
    )
    .option("--steps-max-bytes <number>", "the largest request to a step by URL; default: any", readPositive)
    .option(
      "--steps-concurrency <number>",
      "the most calls under way at once to each step by URL; default: as `steps:` of the values says",
      readPositive,
    )
    .option("--json", "once it takes events, one line of JSON instead of what people read")
    .addHelpText("after", HELP);
  return command.action(async (options: StartOptions & { json?: boolean }) => {
    const interrupt = catchInterrupt(() =>
      terminal.err.write("\nFinishing what is under way; Ctrl-C again ends at once.\n"),
    );
    try {
      await runStart(options, context, interrupt.signal);
    } finally {
      interrupt.dispose();
    }
    exitWith(ExitCode.done);
  });
}

/** Until the signal aborts. */
async function runStart(
  options: StartOptions & { json?: boolean },
  { terminal: { out }, env }: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  const redis = options.redis ?? env["WADI_REDIS"]?.trim() ?? "";
  const kafka = options.kafka ?? env["WADI_KAFKA"]?.trim() ?? "";
  const archive = options.archive ?? env["WADI_ARCHIVE"]?.trim() ?? "";
  const steps = options.steps ?? env["WADI_STEPS"]?.trim() ?? "";
  const places = {
    ...(redis !== "" && { redis }),
    ...(kafka !== "" && { kafka }),
    ...(archive !== "" && { archive }),
    ...(steps !== "" && { steps }),
  };
  const named = { ...options, ...places };
  const wadi = await startWadi(named, env);
  if (options.json === true) {
    const { url, adminUrl, pipelines } = wadi;
    writeJson({ url, adminUrl, data: resolve(options.data), pipelines: [...pipelines.keys()], pid: process.pid }, out);
  } else writeStarted(wadi, named, env, out);
  await aborted(signal);
  await wadi.stop();
}

function writeStarted(wadi: LocalWadi, options: StartOptions, env: Env, out: Output): void {
  const { strong, quiet } = out.palette;
  out.write(`${strong(`Wadi takes events at ${wadi.url}/`)}\n`);
  out.write(`${quiet("pipelines")}  ${[...wadi.pipelines.keys()].join(", ")}\n`);
  out.write(`${quiet("data")}       ${resolve(options.data)}\n`);
  if (options.kafka !== undefined) {
    const address = kafkaAddress(options.kafka);
    out.write(`${quiet("log")}        ${showKafkaAddress(address)}, topic ${topicOf(address)}\n`);
  }
  if (options.steps !== undefined) {
    const { urls } = readSteps(options.steps);
    const shown = [...urls].map(([step, url]) => `${step} at ${showUrl(url)}`);
    out.write(`${quiet("called")}     ${shown.join(", ")}\n`);
  }
  if (options.archive !== undefined) {
    const place = readArchivePlace(options.archive, env);
    out.write(`${quiet("archive")}    ${showArchivePlace(place)}\n`);
  }
  out.write(adminLines(wadi, out));
  out.write(`${quiet("look at")}    ${wadi.url}/health/ready  ${wadi.url}/metrics\n`);
  out.write(`${quiet("try")}        ${programName()} emit --pipeline line --generate line${urlOption(wadi.url)}\n`);
}

/** How `emit` is told where Wadi is; nothing where it is the default. */
export function urlOption(url: string): string {
  return `${url}/` === DEFAULT_URL ? "" : ` --url ${url}/`;
}

/** How `start` is told the port; nothing where it is the default. */
export function portOption(url: string): string {
  const port = Number(new URL(url).port);
  return port === DEFAULT_PORT ? "" : ` --port ${port}`;
}
