import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { openTextSource } from "./text-source.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-text-"));
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function readAll(text: AsyncIterable<string>): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of text) pieces.push(piece);
  return pieces;
}

test("a file comes piece by piece, and no character is torn", async () => {
  // Three bytes each, so that pieces of 64 KiB end within one.
  const content = "€".repeat(100_000);
  const source = await openTextSource(file("euro.txt", content), never);

  const pieces = await readAll(source.text);

  expect(pieces.length).toBeGreaterThan(2);
  expect(pieces.join("")).toBe(content);
  expect([source.name, source.live, source.bytes, source.bytesRead()]).toEqual(["euro.txt", false, 300_000, 300_000]);
});

test("a byte order mark is no text", async () => {
  const source = await openTextSource(file("bom.csv", "\ufeffa,b"), never);

  expect((await readAll(source.text)).join("")).toBe("a,b");
});

describe("UTF-16, as spreadsheets save it, is text", () => {
  const content = `n,s\n${"1,café 😀\n".repeat(10_000)}`;
  const little = (text: string) => Buffer.from(text, "utf16le");
  const big = (text: string) => little(text).swap16();

  test.each([
    ["with a mark, least byte first", little(`\ufeff${content}`)],
    ["with a mark, greatest byte first", big(`\ufeff${content}`)],
    ["without a mark, least byte first", little(content)],
    ["without a mark, greatest byte first", big(content)],
  ])("%s", async (_title, bytes) => {
    const source = await openTextSource(file("utf16.csv", bytes), never);

    expect((await readAll(source.text)).join("")).toBe(content);
    expect(source.bytesRead()).toBe(bytes.length);
  });

  test("and fails where it is cut off within a character", async () => {
    const source = await openTextSource(file("cut16.csv", little("\ufeffa,b").subarray(0, 7)), never);

    await expect(readAll(source.text)).rejects.toThrow(/not UTF-16 text .*cut off or damaged/);
  });
});

test.each(["", "a"])("a text of less than two bytes is a text: %j", async (content) => {
  const source = await openTextSource(file("short.txt", content), never);

  expect([(await readAll(source.text)).join(""), source.bytesRead()]).toEqual([content, content.length]);
});

test("Windows-1252 is read, and the encoding can be told", async () => {
  const source = await openTextSource(file("latin.csv", Buffer.from("a\nM\xfcnchen\n", "latin1")), never);

  expect((await readAll(source.text)).join("")).toBe("a\nMünchen\n");
  expect(source.encoding()).toBe("windows-1252");
});

test("what is no text fails with what converts it", async () => {
  const source = await openTextSource(file("sjis.csv", Buffer.from([0x61, 0x0a, 0x83, 0x8f, 0x0a])), never);

  const reading = readAll(source.text);

  await expect(reading).rejects.toThrow(FailedError);
  await expect(reading).rejects.toThrow(/sjis\.csv is not UTF-8 .*--encoding shift_jis/);
});

test("a character that is cut off at the end is not UTF-8 either", async () => {
  const source = await openTextSource(file("cut.csv", Buffer.from("a€").subarray(0, 3)), never);

  await expect(readAll(source.text)).rejects.toThrow(/not UTF-8/);
});

test.each([
  ["a file that is not there", join(folder, "none.csv"), /there is no such file/],
  ["a folder", folder, /is a folder/],
])("%s is wrong use", async (_title, path, message) => {
  const opening = openTextSource(path, never);

  await expect(opening).rejects.toThrow(UsageError);
  await expect(opening).rejects.toThrow(message);
});

test("a pipe may last for ever", async () => {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);

  const { live, bytes } = await openTextSource(path, never);

  expect([live, bytes]).toEqual([true, undefined]);
});

test("a signal ends the reading without an error", async () => {
  const abort = new AbortController();
  const source = await openTextSource(file("long.txt", "x".repeat(1_000_000)), abort.signal);
  const pieces: string[] = [];

  for await (const piece of source.text) {
    pieces.push(piece);
    abort.abort();
  }

  expect(pieces.join("").length).toBeLessThan(1_000_000);
  const late = await openTextSource(file("late.txt", "x"), abort.signal);
  expect(await readAll(late.text)).toEqual([]);
});

describe("a file that is compressed with gzip is read as what it was", () => {
  const content = "x,y\n1,é\n".repeat(20_000);

  test("whatever its name, by its first bytes, and its progress is that of the compressed bytes", async () => {
    const bytes = gzipSync(content);
    const source = await openTextSource(file("rows.csv", bytes), never);

    expect((await readAll(source.text)).join("")).toBe(content);
    expect([source.bytesRead(), source.bytes]).toEqual([bytes.length, bytes.length]);
  });

  test("of several members, one behind the other", async () => {
    const source = await openTextSource(file("two.gz", Buffer.concat([gzipSync("a,b\n"), gzipSync("1,2\n")])), never);

    expect((await readAll(source.text)).join("")).toBe("a,b\n1,2\n");
  });

  test.each([
    ["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 20)],
    ["damaged", (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 40), Buffer.alloc(200, 0xff)])],
  ])("and fails where it is %s", async (_title, spoil) => {
    const source = await openTextSource(file("bad.csv.gz", spoil(gzipSync(content))), never);

    await expect(readAll(source.text)).rejects.toThrow(
      /cannot read .*bad\.csv\.gz: its gzip data is damaged or cut off/,
    );
  });

  test("a signal ends the reading without an error", async () => {
    const abort = new AbortController();
    const source = await openTextSource(file("long.gz", gzipSync("x".repeat(5_000_000))), abort.signal);
    let length = 0;

    for await (const piece of source.text) {
      length += piece.length;
      abort.abort();
    }

    expect(length).toBeLessThan(5_000_000);
  });
});
