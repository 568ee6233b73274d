// Every feature transform a pipeline file may name after `as:`. A new one: its file, its test, one line here.

import { boolean } from "./boolean.ts";
import { bucket } from "./bucket.ts";
import { dayOfWeek, hourOfDay } from "./cycle.ts";
import type { FeatureType } from "./feature.ts";
import { hash } from "./hash.ts";
import { log } from "./log.ts";
import { number } from "./number.ts";
import { oneHot } from "./one-hot.ts";
import { text } from "./text.ts";

export const featureTypes: Readonly<Record<string, FeatureType>> = {
  number,
  boolean,
  text,
  "one-hot": oneHot,
  "hour-of-day": hourOfDay,
  "day-of-week": dayOfWeek,
  log,
  bucket,
  hash,
};
