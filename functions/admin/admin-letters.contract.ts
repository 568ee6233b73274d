// What the admin port tells of dead letters and does with them, however it is reached.

import { expect, test } from "vitest";
import { NotFoundError, RejectedError } from "../lib/errors.ts";
import type { Admin } from "./admin.ts";
import type { Stories } from "./admin-under-test.contract.ts";
import type { DeadLetterSelection } from "./shapes/shapes.ts";

export function describeLetters(name: string, { after, fourLetters, fourLettersShared }: Stories): void {
  const numbersOf = async (admin: Admin, query: object) =>
    (await admin.deadLetters(query)).items.map(({ number }) => number).join();

  test(`${name}: dead letters are found by reason, step and time, newest first, page by page`, async () => {
    const admin = await fourLettersShared();
    const { items } = await admin.deadLetters({});
    const [fourth, third] = items;

    expect(await numbersOf(admin, {})).toBe("4,3,2,1");
    expect(await numbersOf(admin, { reason: "schema" })).toBe("3,1");
    expect(await numbersOf(admin, { step: "featurize" })).toBe("4,2");
    expect(await numbersOf(admin, { step: "featurize", reason: "schema" })).toBe("");
    expect(await numbersOf(admin, { since: third?.time, until: fourth?.time })).toBe(
      items
        .filter(({ time }) => time >= (third?.time ?? 0) && time < (fourth?.time ?? 0))
        .map(({ id }) => id)
        .join(),
    );
    const first = await admin.deadLetters({ limit: 3 });
    const last = await admin.deadLetters({ limit: 3, ...(first.next !== undefined && { after: first.next }) });
    expect(first.items.length).toBe(3);
    expect(last.items.map(({ number }) => number)).toEqual([1]);
    expect(last.next).toBeUndefined();
    await expect(admin.deadLetters({ after: "garbage" })).rejects.toBeInstanceOf(RejectedError);
  });

  test(`${name}: dead letters come by what went wrong, the largest group first, and a group can be chosen`, async () => {
    const admin = await after(async ({ send, settled }) => {
      await send("observation", "0", { x: 0 }, { subject: "taken" });
      await settled();
      for (const id of ["a", "b", "c"]) await send("observation", id, { x: "text" });
      await send("observation", "d", { y: "text", x: 1 });
      await send("observation", "e", { x: 1 }, { subject: "taken" });
      await send("observation", "f", { x: 1 }, { pipeline: "no-such" });
    });

    const { items, counted, all } = await admin.deadLetterGroups();

    expect([counted, all]).toEqual([6, 6]);
    const [first, ...others] = items;
    expect(first).toMatchObject({ reason: "schema", step: "validate", pipeline: "line", field: "data.x", letters: 3 });
    expect(others.map(({ reason, pipeline, letters }) => [reason, pipeline, letters]).sort()).toEqual([
      ["schema", "line", 1],
      ["subject-taken", "line", 1],
      ["unknown-pipeline", "no-such", 1],
    ]);
    expect(others.find(({ reason }) => reason === "schema")?.field).toBe("data.y");
    expect(first?.redriven).toBe(0);
    expect(first?.oldest).toBeLessThanOrEqual(first?.newest ?? 0);
    const example = await admin.deadLetter(first?.example.number ?? 0);
    expect(example).toMatchObject({ id: "c", message: first?.example.message });
    expect(await numbersOf(admin, { pipeline: "no-such" })).toBe(
      String(others.find(({ pipeline }) => pipeline === "no-such")?.example.number),
    );
    expect(await admin.drop({ pipeline: "line", reason: "schema", step: "validate" })).toEqual({ dropped: 4 });
  });

  test(`${name}: many dead letters are listed newest first, and chosen oldest first`, async () => {
    const admin = await after(async ({ send }) => {
      await Promise.all(Array.from({ length: 230 }, (_, i) => send("observation", `o${i}`, { x: "text" })));
    });

    const all = (await admin.deadLetters({ limit: 1000 })).items.map(({ number }) => number);
    expect(all).toEqual(Array.from({ length: 230 }, (_, i) => 230 - i));
    const pages: number[] = [];
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await admin.deadLetters({ limit: 115, ...(after !== undefined && { after }) });
      pages.push(...page.items.map(({ number }) => number));
      after = page.next;
    }
    expect(pages).toEqual(all);

    expect(await admin.drop({ reason: "schema", limit: 210 })).toEqual({ dropped: 210 });
    expect((await admin.deadLetters({})).items.map(({ number }) => number)).toEqual(all.slice(0, 20));
  });

  test(`${name}: a dead letter shows what its step said, and the event`, async () => {
    const admin = await fourLettersShared();
    const [, , , summary] = (await admin.deadLetters({})).items;

    const { event, ...detail } = await admin.deadLetter(summary?.number ?? 0);

    expect(detail).toEqual(summary);
    expect(detail).toMatchObject({
      step: "validate",
      reason: "schema",
      status: 422,
      id: "1",
      pipeline: "line",
      redriven: 0,
    });
    expect(detail.message).toMatch(/data\.x must be a finite number/);
    expect(event).toMatchObject({ id: "1", type: "dev.wadi.observation", data: { x: "text" }, wadireason: "schema" });
    await expect(admin.deadLetter(4711)).rejects.toBeInstanceOf(NotFoundError);
  });

  test(`${name}: dead letters are dropped by number, by filter, or all, the oldest first`, async () => {
    const admin = await fourLetters();
    const [newest] = (await admin.deadLetters({ limit: 1 })).items;

    expect(await admin.drop({ numbers: [newest?.number ?? 0, newest?.number ?? 0, 4711] })).toEqual({ dropped: 1 });
    expect(await admin.drop({ reason: "schema", limit: 1 })).toEqual({ dropped: 1 });
    expect(await numbersOf(admin, {})).toBe("3,2");
    expect(await admin.drop({ all: true, reason: "subject-taken" })).toEqual({ dropped: 1 });
    expect(await admin.drop({ all: true })).toEqual({ dropped: 1 });
    expect(await admin.drop({ all: true })).toEqual({ dropped: 0 });
  });

  test(`${name}: a selection that is empty or ambiguous is refused, never taken for all`, async () => {
    const admin = await fourLettersShared();
    const selections: DeadLetterSelection[] = [
      {},
      { limit: 3 },
      { all: false },
      { reason: undefined, step: undefined } as unknown as DeadLetterSelection,
      { numbers: [] },
      { numbers: [1], reason: "schema" },
      { numbers: [1], all: true },
    ];

    for (const selection of selections) {
      await expect(admin.drop(selection), JSON.stringify(selection)).rejects.toBeInstanceOf(RejectedError);
      await expect(admin.redrive(selection), JSON.stringify(selection)).rejects.toBeInstanceOf(RejectedError);
    }

    expect(await numbersOf(admin, {})).toBe("4,3,2,1");
  });

  test(`${name}: dead letters that many send again at once are sent again once`, async () => {
    const admin = await fourLetters();

    const answers = await Promise.all(Array.from({ length: 8 }, () => admin.redrive({ reason: "schema" })));

    expect(answers.reduce((sum, { redriven }) => sum + redriven, 0)).toBeGreaterThanOrEqual(2);
    const { deadLetters, triggers } = await admin.status();
    const waiting = triggers.reduce((sum, { lag }) => sum + lag, 0);
    // Where it runs, they may have come back by now; each of them is in one place.
    expect(deadLetters + waiting).toBe(4);
  });
}
