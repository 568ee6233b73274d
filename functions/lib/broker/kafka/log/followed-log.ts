// The broker's topic for one who follows it, with a reader of its own.

import type { ISocketFactory } from "kafkajs";
import type { TopicOwner } from "../../../events/kafka-binding.ts";
import { silentLog } from "../../../telemetry/log.ts";
import type { FollowedLog } from "../../event-log.ts";
import { type KafkaAddress, topicOf } from "../address.ts";
import { createClient, failureOf } from "../client.ts";
import { openTopicLog, type TopicLogOptions } from "./topic-log.ts";

export function followTopic(options: TopicLogOptions): FollowedLog {
  return {
    ...openTopicLog(options),
    /** Topics of one name in two Kafkas are two logs. */
    async name() {
      const admin = await options.admin();
      const { clusterId } = await admin.describeCluster().catch((error: unknown) => {
        throw options.failure(error);
      });
      return `${clusterId}-${options.topic}`;
    },
    keepFrom() {
      // The topic's retention decides.
    },
  };
}

export interface TopicAddress {
  readonly address: KafkaAddress;
  /** Who writes the topic: a Knative Broker on a cluster. */
  readonly owner: TopicOwner;
  readonly socketFactory?: ISocketFactory;
}

/** For a process that takes no other part in the broker. It connects when it is first asked, and again after a failure. */
export function openFollowedTopic({ address, owner, socketFactory }: TopicAddress): FollowedLog {
  const kafka = createClient(address, silentLog, socketFactory);
  const admin = kafka.admin();
  const failure = (error: unknown) => failureOf(error, address);
  let connecting: Promise<void> | undefined;

  async function connected() {
    connecting ??= admin.connect();
    await connecting.catch((error: unknown) => {
      connecting = undefined;
      throw failure(error);
    });
    return admin;
  }

  const followed = followTopic({ kafka, owner, topic: topicOf(address), admin: connected, failure });
  return {
    ...followed,
    async close() {
      await followed.close();
      await admin.disconnect();
    },
  };
}
