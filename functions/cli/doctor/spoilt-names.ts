// Whether ids and subjects passed a cluster's Broker unchanged.

import { findSpoiltNames, SPOILT_CURE } from "../../admin/spoilt-names.ts";
import type { EventLog } from "../../lib/broker/event-log.ts";
import { asError } from "../../lib/errors.ts";
import { plural } from "../../lib/figures.ts";
import type { Pipelines } from "../../lib/pipeline/choice.ts";
import { type Finding, ok, warn } from "./finding.ts";

export async function checkNames(log: EventLog, pipelines: Pipelines): Promise<Finding> {
  try {
    const { lookedAt, spoilt, example } = await findSpoiltNames(log, pipelines);
    if (spoilt === 0) return ok("names", `ids and subjects of the newest ${plural(lookedAt, "event")} are intact`);
    const found = `${spoilt} of the newest ${plural(lookedAt, "event")} have a ? in id or subject, such as ${example}`;
    return warn("names", `${found}: the Broker may have replaced other characters with it`, SPOILT_CURE);
  } catch (error) {
    return warn("names", `the log was not checked: ${asError(error).message}`, "check again when Kafka can be reached");
  }
}
