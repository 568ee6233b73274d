// What the admin port tells of a stream: its labels, its lag in time, its newest events.

import { expect, test } from "vitest";
import { NotFoundError, WadiError } from "../lib/errors.ts";
import { DELAY_ENDS } from "../lib/store/join-delays.ts";
import type { Stories } from "./admin-under-test.contract.ts";

export function describeLooks(name: string, { after, learnedShared, fourLettersShared }: Stories): void {
  test(`${name}: labels are told by what became of them, and by how late they came`, async () => {
    const admin = await after(async ({ send, settled }) => {
      for (const id of ["inline", "late", "waits", "waits too"]) {
        await send("observation", id, id === "inline" ? { x: 1, y: 2 } : { x: 1 });
      }
      await settled();
      await send("label", "l1", { y: 2 }, { subject: "late" });
      await send("label", "l2", { y: 2 }, { subject: "of nobody" });
    });

    const { delays, expiringSoon, ...labels } = await admin.labels("line");

    expect(labels).toMatchObject({
      ...{ pipeline: "line", target: "y", labelHorizonMs: 3_600_000, opened: 4, joined: 2, waiting: 2 },
      ...{ expiredUnlabelled: 0, waitingLabels: 1, orphanedLabels: 0 },
    });
    // The test itself takes some time, but not the better part of an hour.
    expect(expiringSoon).toEqual({ withinMs: 360_000, observations: 0 });
    expect(delays.map(({ upToMs }) => upToMs)).toEqual([...DELAY_ENDS, undefined]);
    expect(delays.reduce((sum, { labels: count }) => sum + count, 0)).toBe(1);
    const counts = (await admin.pipelines()).items.find((one) => one.name === "line")?.labels;
    expect(labels).toMatchObject({ ...counts });
  });

  test(`${name}: a pipeline whose labels never came has figures of none; one that is not there is not found`, async () => {
    const admin = await learnedShared(1);

    const { waiting, opened, delays } = await admin.labels("flights");

    expect([waiting, opened, delays.every(({ labels }) => labels === 0)]).toEqual([0, 0, true]);
    await expect(admin.labels("lime")).rejects.toBeInstanceOf(NotFoundError);
    await expect(admin.labels("lime")).rejects.toThrow(/did you mean "line"/);
  });

  test(`${name}: a status where all is handled has a lag of no time`, async () => {
    const { triggers } = await (await fourLettersShared()).status();

    expect(triggers.map(({ lagSeconds }) => lagSeconds)).toEqual([0, 0, 0, 0]);
  });

  test(`${name}: the tail has the newest events where one runs, and elsewhere says who has them`, async () => {
    const admin = await after(async ({ send }) => {
      await send("observation", "o1", { x: 1, y: 2 });
      await send("observation", "bad", { x: "text" });
    });
    const runs = (await admin.status()).startedAt !== undefined;
    if (!runs) {
      await expect(admin.events({})).rejects.toBeInstanceOf(WadiError);
      await expect(admin.events({})).rejects.toThrow(/a Wadi that runs in one process \(wadi start\) has the newest/);
      return;
    }

    const { items, next, missed } = await admin.events({ subject: "o1" });

    expect(items.map(({ outcome, type, step }) => [outcome, type, step])).toEqual([
      ["received", "dev.wadi.observation", undefined],
      ["derived", "dev.wadi.observation.validated", "validate"],
      ["derived", "dev.wadi.features.extracted", "featurize"],
      ["derived", "dev.wadi.prediction.made", "predict"],
    ]);
    expect(items.map(({ detail }) => detail)).toEqual([
      "x 1, y 2",
      expect.stringMatching(/^x 1.*; the truth is 2$/),
      "x 1; the truth is 2",
      "linear (version 0) said 0",
    ]);
    expect(missed).toBe(0);
    expect((await admin.events({ outcome: "dead-letter" })).items).toMatchObject([
      {
        id: "bad",
        step: "validate",
        pipeline: "line",
        detail: expect.stringMatching(/^schema: .*x must be a finite number/),
      },
    ]);
    expect((await admin.events({ type: "dev.wadi.model.updated" })).items).toMatchObject([
      { pipeline: "line", step: "learn", detail: "version 1 of line, 1 example" },
    ]);
    expect(await admin.events({ after: next })).toEqual({ items: [], next, missed: 0 });
    const { learning, triggers } = await admin.status();
    expect(learning?.find(({ pipeline }) => pipeline === "line")).toMatchObject({ perMinute: 1, servedShare: 0 });
    expect(learning?.find(({ pipeline }) => pipeline === "flights")).toEqual({ pipeline: "flights", perMinute: 0 });
    expect(triggers.map(({ lagSeconds }) => lagSeconds)).toEqual([0, 0, 0, 0]);
  });
}
