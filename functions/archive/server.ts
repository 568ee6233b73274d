// The archive of a Wadi on a cluster: it follows the Broker's topic in Kafka, and answers what it has and how far it is behind.
//
// It joins no Trigger's group, and how far it is stands in the table alone: so a second one that runs meanwhile, while a pod is
// replaced or by a larger number of replicas, does no harm (A2 in archiver.ts).

import { openFollowedTopic } from "../lib/broker/kafka/log/followed-log.ts";
import { socketsWith, withMountedLogin } from "../lib/broker/kafka/log/login.ts";
import { systemClock } from "../lib/clock.ts";
import type { ArchiveConfig, Env, StepConfig } from "../lib/config.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { whatIsMissing } from "../lib/serve/run.ts";
import { createServer } from "../lib/serve/server.ts";
import { answerOfJson } from "../lib/serve/status.ts";
import type { Log } from "../lib/telemetry/log.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { runAll } from "../lib/undo.ts";
import { openArchive } from "./open.ts";
import { readArchivePlace } from "./place.ts";

export interface ArchiveServerOptions {
  readonly step: Pick<StepConfig, "port" | "host" | "pipelinesFolder">;
  readonly config: ArchiveConfig;
  /** For the credentials of a store of objects. */
  readonly env: Env;
  readonly log: Log;
}

export interface ArchiveServer {
  /** The address it listens on. @throws ConfigurationError for a port that is taken. */
  listen(): Promise<string>;
  /** What is in the log by now is archived first, if that takes no longer than 10 s. */
  close(): Promise<void>;
}

/** Where its state is answered: figures, and why it fails; no event and no secret. */
const STATE = "/archive";
const DRAIN_MS = 2000;

/** A Kafka or a store of objects that is away is told, and asked again. @throws ConfigurationError, FailedError with the cure. */
export async function openArchiveServer(options: ArchiveServerOptions): Promise<ArchiveServer> {
  const { step, config, env, log } = options;
  const telemetry = createTelemetry(true);
  const { address, ca } = withMountedLogin(config.kafka, config.kafkaLogin);
  const topic = openFollowedTopic({ address, owner: "knative", ...socketsWith(ca) });
  const archive = await openArchive(
    { place: readArchivePlace(config.location, env), everyMs: config.everyMs },
    {
      dataFolder: config.stateFolder,
      broker: { follow: () => topic, log: topic },
      pipelines: loadPipelines(step.pipelinesFolder),
      clock: systemClock,
      log,
      telemetry,
    },
  );
  const server = createServer({
    events: [],
    plain: [{ method: "GET", path: STATE, maxBodyBytes: 0, answer: async () => answerOfJson(await archive.read()) }],
    missing: () => whatIsMissing({ archive: () => archive.check() }),
    log,
    telemetry,
  });
  return {
    listen: () => server.listen(step.port, step.host),
    close: () => runAll([() => archive.stop(), () => server.drain(DRAIN_MS)]),
  };
}
