import { expect, test } from "vitest";
import { createRecent } from "./recent.ts";

function made() {
  const asked: string[] = [];
  const recent = createRecent<{ readonly key: string }>(2);
  const use = <T>(key: string, work: (value: { readonly key: string }) => Promise<T>) =>
    recent.use(
      key,
      () => {
        asked.push(key);
        return { key };
      },
      work,
    );
  return { asked, recent, use, look: (key: string) => use(key, async (value) => value) };
}

test("a value is made once, and kept while others are not used more recently", async () => {
  const { asked, recent, look } = made();

  for (const key of ["a", "b", "a", "c", "a", "b"]) await look(key);

  expect(asked).toEqual(["a", "b", "c", "b"]);
  expect(recent.size).toBe(2);
});

test("what is in use is not let go, however many are, and goes afterwards", async () => {
  const { asked, recent, use, look } = made();
  const ends: (() => void)[] = [];
  const busy = ["a", "b", "c"].map((key) => use(key, () => new Promise<void>((end) => ends.push(end))));

  await look("d");
  expect(recent.size).toBe(3);
  const again = use("a", async (value) => value.key);
  expect(await again).toBe("a");
  for (const end of ends) end();
  await Promise.all(busy);

  expect(recent.size).toBe(2);
  expect(asked).toEqual(["a", "b", "c", "d"]);
});

test("work begins at once, so that it is done in the order of the calls", () => {
  const { use } = made();
  const order: string[] = [];

  for (const key of ["a", "b", "a"]) void use(key, async () => void order.push(key));

  expect(order).toEqual(["a", "b", "a"]);
});

test("values may take so many bytes together, whoever grew; the one used last is kept until another is used", async () => {
  const asked: string[] = [];
  const recent = createRecent<string>(10, 100);
  const make = (key: string) => () => {
    asked.push(key);
    return key;
  };
  const use = (key: string, bytes: number) => recent.use(key, make(key), async (_value, weighs) => weighs(bytes));

  for (const key of ["a", "b", "c"]) await use(key, 30);
  expect(recent.size).toBe(3);
  await use("c", 60); // "a" makes room
  expect(recent.size).toBe(2);
  recent.forget("b", "b");
  await use("d", 40);
  expect(recent.size).toBe(2);
  await use("e", 101); // larger than all may be: no room for any, not for itself either
  expect(recent.size).toBe(0);
  await use("a", 30);

  expect(asked).toEqual(["a", "b", "c", "d", "e", "a"]);
});

test("work that fails lets its value go like any other", async () => {
  const { recent, use, look } = made();

  await expect(use("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  for (const key of ["b", "c"]) await look(key);

  expect(recent.size).toBe(2);
});

test("a forgotten value is made again, but not one made since", async () => {
  const { asked, recent, look } = made();
  const first = await look("a");

  recent.forget("a", first);
  await look("a");
  recent.forget("a", first);
  await look("a");

  expect(asked).toEqual(["a", "a"]);
});
