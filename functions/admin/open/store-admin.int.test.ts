// The admin port on a bare Redis: what it brings there is kept as long as the processes on it need it.

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadPipelines } from "../../lib/pipeline/load.ts";
import { learnedWindowMs } from "../../lib/retention.ts";
import { newNamespace, redisForTests } from "../../lib/store/fixtures/redis-server.ts";
import { openStore } from "../../lib/store/open.ts";
import type { RedisAddress } from "../../lib/store/redis/address.ts";
import { HOUR } from "../../lib/store/store-under-test.contract.ts";
import { root } from "../../local/wadi-under-test.contract.ts";
import { openStoreAdmin } from "./offline.ts";

const redis = await redisForTests();
const folder = join(root, "helm/pipelines");

describe.runIf(redis)("the admin port on a bare Redis", { tags: ["redis"] }, () => {
  test("an imported id is kept as long as the steps on that Redis take events, though nobody names hours here", async () => {
    const address = { ...(redis as RedisAddress), namespace: newNamespace() };
    const pipelines = loadPipelines(folder);
    const retention = { logMs: 720 * HOUR, deadLetterMs: 720 * HOUR };
    const store = await openStore(address, pipelines, retention, Date.now);
    onTestFinished(() => store.close());
    await store.retention.agreed(); // as each step does at its start
    const { admin, close } = await openStoreAdmin(address, folder);
    onTestFinished(close);
    const windowMs = learnedWindowMs(pipelines.get("line")?.labelHorizonMs ?? 0, retention);
    const until = Math.floor((Date.now() + windowMs) / HOUR) * HOUR;

    await admin.importIds("line", { generation: "new", replace: false, items: [{ until, ids: ["7"] }] });

    const adoption = { generation: "new", version: 1, revision: "a", state: "{}", ids: 1, history: [], replace: false };
    expect(await store.models.adopt("line", adoption)).toBe("adopted");
    const { ids } = await store.models.learnedPage("line");
    expect(ids).toMatchObject([{ id: "7" }]);
    expect(ids[0]?.expiresAt).toBeGreaterThanOrEqual(until);
  });
});
