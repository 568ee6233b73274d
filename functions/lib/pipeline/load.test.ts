import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigurationError } from "../errors.ts";
import { MAX_FILE_BYTES } from "./file/yaml.ts";
import { loadPipelines } from "./load.ts";

const shipped = fileURLToPath(new URL("../../../helm/pipelines", import.meta.url));
const line = readFileSync(join(shipped, "line.yaml"), "utf8");

describe("loadPipelines", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pipelines-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

  test("reads the pipelines that are shipped, which tell editors of their schema", () => {
    const pipelines = loadPipelines(shipped);
    expect([...pipelines.keys()]).toEqual(["app-sessions", "flights", "image-segments", "line", "phishing", "shuttle"]);
    for (const { file } of pipelines.values()) {
      expect(readFileSync(file, "utf8")).toMatch(/^# yaml-language-server: \$schema=.*pipeline\.schema\.json\n/);
    }
  });

  test("ignores what is no pipeline: hidden entries, notes, a ConfigMap's links", () => {
    write("a.yaml", line);
    write(".hidden.yaml", "[");
    write("notes.md", "[");
    expect([...loadPipelines(folder).keys()]).toEqual(["line"]);
  });

  test("refuses two of one name, and names both files", () => {
    write("a.yaml", line);
    write("b.yaml", line);
    expect(() => loadPipelines(folder)).toThrow(/b\.yaml: the name line is taken by .*a\.yaml/);
  });

  test("tells what is wrong in all files", () => {
    write("a.yaml", "name: A");
    write("b.yaml", "[");
    expect(() => loadPipelines(folder)).toThrow(/a\.yaml(.|\n)*b\.yaml/);
  });

  test.each([
    ["an empty folder", () => undefined, /no \*\.yaml: copy helm\/pipelines\/line\.yaml/],
    ["a file that ends in .yml", () => write("a.yml", line), /rename it/],
    ["a file too large", () => write("a.yaml", "#".repeat(MAX_FILE_BYTES + 1)), /split it/],
  ])("refuses %s with the cure", (_, arrange, message) => {
    arrange();
    expect(() => loadPipelines(folder)).toThrow(ConfigurationError);
    expect(() => loadPipelines(folder)).toThrow(message);
  });

  test("refuses a folder that is not there", () => {
    expect(() => loadPipelines(join(folder, "none"))).toThrow(/cannot be read.*make it/);
  });
});
