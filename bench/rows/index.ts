// The rows, in the order of the table: one file each, one line here.

import type { Row } from "../row.ts";
import { archiveCost } from "./archive-cost.ts";
import { archiveReplay } from "./archive-replay.ts";
import { archiveS3 } from "./archive-s3.ts";
import { archiveWrite } from "./archive-write.ts";
import { coldStart } from "./cold-start.ts";
import { commits } from "./commits.ts";
import { embedded } from "./embedded.ts";
import { growth } from "./growth.ts";
import { infer } from "./infer.ts";
import { kafka } from "./kafka.ts";
import { learnFile } from "./learn-file.ts";
import { learnOne } from "./learn-one.ts";
import { learners } from "./learners.ts";
import { longLife } from "./long-life.ts";
import { memory } from "./memory.ts";
import { modelSets } from "./model-sets.ts";
import { predict } from "./predict.ts";
import { redis } from "./redis.ts";

export const rows: readonly Row[] = [
  learnOne,
  learnFile,
  learners,
  predict,
  infer,
  coldStart,
  embedded,
  memory,
  growth,
  longLife,
  redis,
  commits,
  modelSets,
  kafka,
  archiveWrite,
  archiveS3,
  archiveCost,
  archiveReplay,
];
