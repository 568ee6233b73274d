// The scripts, read once from scripts/ beside this file. A build that bundles this code copies scripts/ beside the bundle.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Script {
  readonly text: string;
  readonly sha: string;
}

/** The files together, in this order; each states its KEYS, ARGV and what it returns. */
function readScript(...files: readonly string[]): Script {
  const text = files.map((file) => readFileSync(join(import.meta.dirname, "scripts", file), "utf8")).join("\n");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

export const SCRIPTS = {
  commit: readScript("time.lua", "learned-ids.lua", "tail.lua", "snapshots.lua", "commit.lua"),
  learned: readScript("time.lua", "learned-ids.lua", "learned.lua"),
  learnedPage: readScript("time.lua", "learned-ids.lua", "learned-page.lua"),
  learnedAdd: readScript("time.lua", "learned-ids.lua", "learned-add.lua"),
  load: readScript("tail.lua", "load.lua"),
  hold: readScript("time.lua", "in-force.lua", "hold.lua"),
  adopt: readScript("time.lua", "in-force.lua", "tail.lua", "adopt.lua"),
  remove: readScript("learned-ids.lua", "remove.lua"),
  history: readScript("history.lua"),
  snapshots: readScript("snapshots.lua", "snapshot-list.lua"),
  rollback: readScript("time.lua", "tail.lua", "snapshots.lua", "rollback.lua"),
  pipeline: readScript("pipeline.lua"),
  retention: readScript("time.lua", "retention.lua"),
  reserve: readScript("reserve.lua"),
  join: readScript("time.lua", "join.lua"),
};
