// The broker's topic for one who follows it, with a reader of its own.

import type { FollowedLog } from "../../event-log.ts";
import { openTopicLog, type TopicLogOptions } from "./topic-log.ts";

export function followTopic(options: TopicLogOptions): FollowedLog {
  return {
    ...openTopicLog(options),
    /** Topics of one name in two Kafkas are two logs. */
    async name() {
      const { clusterId } = await (await options.admin()).describeCluster();
      return `${clusterId}-${options.topic}`;
    },
    keepFrom() {
      // The topic's retention decides.
    },
  };
}
