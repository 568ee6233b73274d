// How long Wadi keeps what it must: the store remembers what it was started with.

import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigurationError } from "../lib/errors.ts";
import type { RetentionSetting } from "../lib/retention.ts";
import { startLocal } from "./start.ts";
import { root, temporaryFolder } from "./wadi-under-test.contract.ts";

const HOUR = 3_600_000;

test("a start with longer hours counts from then on; unset takes them over; shorter does not come up, and says what to do", async () => {
  const dataFolder = temporaryFolder();
  const start = async (retention?: RetentionSetting) => {
    const files = { pipelinesFolder: join(root, "helm/pipelines"), valuesFile: join(root, "helm/values.yaml") };
    const wadi = await startLocal({
      dataFolder,
      port: 0,
      ...files,
      logLevel: "silent",
      ...(retention && { retention }),
    });
    onTestFinished(() => wadi.stop());
    return wadi;
  };
  await (await start({ logMs: 720 * HOUR })).stop();

  const unset = await start();
  expect(unset.store.retention.current()).toEqual({ logMs: 720 * HOUR, deadLetterMs: 336 * HOUR });
  await unset.stop();

  const shorter = start({ logMs: 168 * HOUR });
  await expect(shorter).rejects.toBeInstanceOf(ConfigurationError);
  await expect(shorter).rejects.toThrow(/WADI_LOG_RETENTION_HOURS is 168, and this store was opened with 720 before/);
});
