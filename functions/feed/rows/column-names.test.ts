import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldNames, isFieldName, noColumn, parseRenames, renameText } from "./column-names.ts";

describe("a column that is not there", () => {
  test.each([
    ["minuts", 'did you mean "minutes"?'],
    ["Duration", 'did you mean "Duration (min)"?'],
    ["duration_min", 'did you mean "Duration (min)"?'],
    ["zone", 'use one of "rental id", "distance, km", "Duration (min)", "minutes"'],
  ])("%s: %s", (name, cure) => {
    const { message } = noColumn("--target", name, ["rental id", "distance, km", "Duration (min)", "minutes"]);

    expect(message).toBe(`--target: there is no column ${JSON.stringify(name)}; ${cure}`);
  });
});

describe("the field of a column", () => {
  test.each([
    ["km", "km"],
    ["distance, km", "distance_km"],
    ["Duration (min)", "duration_min"],
    ["Größe", "grosse"],
    ["1st", "n_1st"],
    ["constructor", "constructor_"],
    ["§", "column_1"],
  ])("%s is called %s", (column, field) => {
    expect(fieldNames([column]).get(column)).toBe(field);
  });

  test("is called like no other", () => {
    expect([...fieldNames(["a b", "a-b", "a_b"]).values()]).toEqual(["a_b_2", "a_b_3", "a_b"]);
  });

  test("is sound, whatever the columns are called", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: "binary" })), (columns) => {
        const fields = [...fieldNames(columns).values()];

        expect(fields.every(isFieldName)).toBe(true);
        expect(new Set(fields).size).toBe(columns.length);
      }),
    );
  });
});

describe("--rename", () => {
  test.each([
    [["distance, km=km"], [["distance, km", "km"]]],
    [['"distance, km"=km'], [["distance, km", "km"]]],
    [
      ["a b=a_b,c d=c_d"],
      [
        ["a b", "a_b"],
        ["c d", "c_d"],
      ],
    ],
    [
      ["a b=a_b", "c=d=e"],
      [
        ["a b", "a_b"],
        ["c=d", "e"],
      ],
    ],
    [['"say ""hi""=x, y"=said'], [['say "hi"=x, y', "said"]]],
  ])("%j is read as %j", (texts, pairs) => {
    expect(parseRenames(texts)).toEqual(pairs);
  });

  test.each([["a"], ["a="], ["=a"], ["a=1b"], ["a=b c"]])("%s is refused with an example", (text) => {
    expect(() => parseRenames([text])).toThrow(/as <column>=<field>, such as/);
  });

  test("one column to two fields, or two to one, is refused", () => {
    expect(() => parseRenames(["a=b", "a=c"])).toThrow(/"a" is there twice/);
    expect(() => parseRenames(["a=c", "b=c"])).toThrow(/"c" is there twice/);
  });

  test("what is written is read again, whatever the column is called", () => {
    const column = fc.string({ minLength: 1, unit: "binary" }).filter((text) => text.trim() === text);
    fc.assert(
      fc.property(column, (name) => {
        expect(parseRenames([renameText([name, "field_1"])])).toEqual([[name, "field_1"]]);
      }),
    );
  });
});
