import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FailedError, UsageError } from "../../lib/failure.ts";
import type { Row } from "./row.ts";
import { type RowOptions, readRows } from "./rows.ts";

async function* pieces(...texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

function read(options: RowOptions, ...texts: readonly string[]): Promise<Row[]> {
  return all(readRows(pieces(...texts), options));
}

async function all(rows: AsyncIterable<Row>): Promise<Row[]> {
  const found: Row[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

const fields = (rows: readonly Row[]) => rows.map((row) => row.fields);
const problems = (rows: readonly Row[]) => rows.map(({ line, problem }) => [line, problem]);

describe("CSV", () => {
  test("a row is a record by the names of the header", async () => {
    const rows = await read({ format: "csv" }, "x, name\n1,a\n2,\n");

    expect(fields(rows)).toEqual([{ x: 1, name: "a" }, { x: 2 }]);
    expect(rows.map(({ number, line }) => [number, line])).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });

  test("a row with too few or too many cells is unfit, and those around it are not", async () => {
    const rows = await read({ format: "csv" }, "x,y\n1,2\n3\n4,5,6\n7,8\n");

    expect(problems(rows)).toEqual([
      [2, undefined],
      [3, "it has 1 cell where the header has 2"],
      [4, "it has 3 cells where the header has 2"],
      [5, undefined],
    ]);
    expect(rows[3]?.fields).toEqual({ x: 7, y: 8 });
  });

  describe("a row that is skipped does not decide the types of the columns", () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i},${i / 2},true\n`);
    const sound = (text: string, options: Partial<RowOptions> = {}) =>
      read({ format: "csv", ...options }, text).then((all) => all.filter(({ problem }) => problem === undefined));

    test.each([
      ["a footer", [...rows, "Total: 20 rows\n"]],
      ["a row of too many cells", [...rows.slice(0, 9), "x,1,2,3\n", ...rows.slice(9)]],
      ["text behind a closing quote", [...rows.slice(0, 9), '"0.5"x,1,maybe\n', ...rows.slice(9)]],
      ["a quote that is never closed", [...rows, '"0.5,1,maybe\n']],
      ["one before all others", ["a note\n", ...rows]],
    ])("%s", async (_title, lines) => {
      const spoilt: unknown[] = [];
      const found = await sound(`x,z,b\n${lines.join("")}`, { onPlan: (plan) => spoilt.push(...plan.spoilt) });

      expect(found.map((row) => row.fields)).toEqual(rows.map((_, i) => ({ x: i, z: i / 2, b: true })));
      expect(spoilt).toEqual([]);
    });

    test("not even where it is all that is there yet", async () => {
      expect(fields(await sound("x,z,b\na note\n1,2,true\n", { sampleRows: 1 }))).toEqual([{ x: 1, z: 2, b: true }]);
    });

    test("and the line of a cell that spoils its column is its own", async () => {
      const spoilt: unknown[] = [];
      await sound("x,y\n1,1\nnote\n2,1\nfoo,2\n3,4\n", { onPlan: (plan) => spoilt.push(...plan.spoilt) });

      expect(spoilt).toEqual([{ column: "x", type: "number", row: 2, cell: "foo", line: 5 }]);
    });
  });

  describe("the line by which spreadsheets say the delimiter is no header", () => {
    test.each([
      ["sep=,\nn,y\n1,2\n", ","],
      ["\ufeffSEP=;\r\nn;y\r\n1;2\r\n", ";"],
      ["sep=\t\nn\ty\n1\t2\n", "\t"],
    ])("%j with the same delimiter is read on", async (text, delimiter) => {
      expect(fields(await read({ format: "csv", delimiter }, text))).toEqual([{ n: 1, y: 2 }]);
    });

    test.each([
      ["sep=;\nn;y\n1;2\n", ",", ";"],
      ["sep=\t\nn\ty\n1\t2\n", ",", "tab"],
      ["sep=,\nn,y\n1,2\n", ";", ","],
    ])("%j with another is refused with the cure", async (text, delimiter, cure) => {
      const reading = read({ format: "csv", delimiter }, text);

      await expect(reading).rejects.toThrow(UsageError);
      await expect(reading).rejects.toThrow(
        `line 1 says that the delimiter is another (sep=); add --delimiter '${cure}'`,
      );
    });

    test("alone it is a file without a header", async () => {
      await expect(read({ format: "csv" }, "sep=,\n")).rejects.toThrow(/there is no header/);
    });

    test("a column may be called sep", async () => {
      expect(fields(await read({ format: "csv" }, "sep=,y\n1,2\n"))).toEqual([{ "sep=": 1, y: 2 }]);
    });
  });

  test("only a header is a file without rows", async () => {
    expect(await read({ format: "csv" }, "x,y\n")).toEqual([]);
  });

  test("the header is shown before the first row", async () => {
    const seen: unknown[] = [];

    for await (const row of readRows(pieces("x,y\n1,2\n"), { format: "csv", onHeader: (names) => seen.push(names) })) {
      seen.push(row.fields);
    }

    expect(seen).toEqual([["x", "y"], { x: 1, y: 2 }]);
  });

  test.each([
    ["an empty file", "", FailedError, /there is no header/],
    ["a column without a name", "a,,c\n", FailedError, /column 2 of the header has no name/],
    ["a name twice", "a,b,a\n", FailedError, /names "a" twice/],
    ["a header in quotes that is spoilt", '"a"b\n', FailedError, /header cannot be read/],
    ["rows that no sign separates", "a;b\n1,2\n3\n", UsageError, /one column, "a;b"; is it --delimiter ';'/],
  ])("%s is refused with the cure", async (_title, text, kind, message) => {
    const reading = read({ format: "csv" }, text);

    await expect(reading).rejects.toThrow(kind);
    await expect(reading).rejects.toThrow(message);
  });

  test("a live text is not held back for a sample", async () => {
    const more = Promise.withResolvers<void>();
    async function* slowly(): AsyncGenerator<string> {
      yield "x\n";
      yield "1\n";
      await more.promise;
      yield "2\n";
    }
    const rows = readRows(slowly(), { format: "csv", live: true });

    const first = await rows.next();
    const second = rows.next();
    more.resolve();

    expect([first.value?.fields, (await second).value?.fields]).toEqual([{ x: 1 }, { x: 2 }]);
  });

  test("the sample is no larger than it must be, and behind it rows come as they are read", async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<string> {
      yield "x\n";
      for (;;) yield `${++asked}\n`;
    }
    const rows = readRows(endless(), { format: "csv", sampleRows: 10 });

    await rows.next();
    await rows.return(undefined);

    expect(asked).toBe(10);
  });

  test("rows and types do not depend on where the text is cut", async () => {
    const text = 'x,t,n\r\n1,"a,""b""",\r\n2,é😀,NA\r\n3,"c\r\nd",7\r\n';
    const whole = await read({ format: "csv" }, text);

    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: text.length }), async (size) => {
        const cut = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];

        expect(await read({ format: "csv" }, ...cut)).toEqual(whole);
      }),
    );
  });
});

describe("CSV as spreadsheets write it", () => {
  const first = async (text: string, options: Omit<RowOptions, "format"> = {}) =>
    (await read({ ...options, format: "csv" }, text))[0]?.fields;

  test.each([
    ["semicolons", "a;b\n1,5;x\n", { a: 1.5, b: "x" }],
    ["tabs", "a\tb, c\n1.5\tx\n", { a: 1.5, "b, c": "x" }],
    ["bars", "a|b\n1|x\n", { a: 1, b: "x" }],
    ["as many commas as rows need, and more semicolons", "a, m;b;c\n1,5;2;3\n", { "a, m": 1.5, b: 2, c: 3 }],
    ["commas, and semicolons in the cells", "a,b\n1;2,3;4\n", { a: "1;2", b: "3;4" }],
    ["semicolons in quotes", 'a,"b;c;d"\n1,2\n', { a: 1, "b;c;d": 2 }],
    ["the line by which Excel names its sign", "sep=;\r\na;b\r\n1;2\r\n", { a: 1, b: 2 }],
    ["the same, of a sign that is met nowhere else", "\ufeffsep=^\na^b\n1^2\n", { a: 1, b: 2 }],
    ["one column", "a\n1\n", { a: 1 }],
    ["a header alone, and a spoilt row", "a;b\n1;2\n3\n4;5\n6;7\n8;9\n", { a: 1, b: 2 }],
  ])("%s", async (_title, text, fields) => {
    expect(await first(text)).toEqual(fields);
  });

  test("the line of a row counts the one that names the sign", async () => {
    expect((await read({ format: "csv" }, "sep=;\na;b\n1;2\n"))[0]?.line).toBe(3);
  });

  test("a row that is none has no part in what the columns are", async () => {
    const rows = await read({ format: "csv" }, 'x,y\n1,2\n3\n"4"x,5\na,b,c\n6,7\n');

    expect(fields(rows)).toEqual([{ x: 1, y: 2 }, {}, {}, {}, { x: 6, y: 7 }]);
  });

  test("totals and notes at the end are told, and are no rows", async () => {
    const rows = await read({ format: "csv" }, "city,x\nUlm,1\nBonn,2\nSumme:,3\nSource: us\n");

    expect(problems(rows)).toEqual([
      [2, undefined],
      [3, undefined],
      [4, expect.stringContaining("--no-footer")],
      [5, "it has 1 cell where the header has 2"],
    ]);
  });

  test.each([
    ["in the midst of the others", "brand,x\nTotal,1\nShell,2\n"],
    ["at the end as in the midst", "brand,x\nTotal,1\nShell,2\nTotal,3\n"],
  ])("a row that begins like totals %s is a row like them", async (_title, text) => {
    expect((await read({ format: "csv" }, text)).map(({ problem }) => problem).filter(Boolean)).toEqual([]);
  });

  test("and so is the last, where it is said", async () => {
    expect((await read({ format: "csv", keepFooter: true }, "a,x\nb,1\nTotal,2\n"))[1]?.fields).toEqual({
      a: "Total",
      x: 2,
    });
  });

  test("many rows that begin like totals are not held back for ever", async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<string> {
      yield "brand,x\n";
      for (;;) yield `Total,${++asked}\n`;
    }
    const rows = readRows(endless(), { format: "csv", sampleRows: 10 });

    expect((await rows.next()).value?.fields).toEqual({ brand: "Total", x: 1 });
    await rows.return(undefined);
    expect(asked).toBeLessThan(50);
  });

  test("how the file is read is told before the first row", async () => {
    const seen: unknown[] = [];
    const onPlan: RowOptions["onPlan"] = ({ delimiter, dialect, columns }) =>
      seen.push([delimiter, dialect.decimal, columns.map(({ type }) => type)]);

    await read({ format: "csv", onPlan }, "a;b;c\n1,5;x;nein\n2,5;y;ja\n");

    expect(seen).toEqual([[";", "comma", ["number", "text", "boolean"]]]);
  });
});

describe("NDJSON", () => {
  test("a line is an object; blank lines are none, and CRLF does not matter", async () => {
    const rows = await read({ format: "ndjson" }, '\ufeff{"a":1}\r\n\n{"b":', '2}\n{"c":3}');

    expect(fields(rows)).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
    expect(rows.map(({ number, line }) => [number, line])).toEqual([
      [1, 1],
      [2, 3],
      [3, 4],
    ]);
  });

  test("a line that is no object is unfit, with its line and the reason", async () => {
    const rows = await read({ format: "ndjson" }, '{"a":1}\n\n[1]\n{"a":\nnull\n{"a":2}\n');

    expect(problems(rows)).toEqual([
      [1, undefined],
      [3, expect.stringContaining("[1] is no JSON object")],
      [4, expect.stringContaining("not valid JSON")],
      [5, expect.stringContaining("null is no JSON object")],
      [6, undefined],
    ]);
  });

  test("a line without end does not fill the memory", async () => {
    async function* endless(): AsyncGenerator<string> {
      for (;;) yield "x".repeat(10_000);
    }

    const reading = all(readRows(endless(), { format: "ndjson" }));

    await expect(reading).rejects.toThrow(/line 1 has more than a million characters/);
  });

  test("an empty text has no rows", async () => {
    expect(await read({ format: "ndjson" })).toEqual([]);
  });
});

describe("JSON", () => {
  test("the elements of an array are the rows", async () => {
    const rows = await read({ format: "json" }, '[{"a":1},\n{"a":"]"}, 3]');

    expect(fields(rows)).toEqual([{ a: 1 }, { a: "]" }, {}]);
    expect(rows[2]?.problem).toContain("3 is no JSON object");
  });

  test("what is no array fails with the cure", async () => {
    await expect(read({ format: "json" }, '{"a":1}\n{"a":2}')).rejects.toThrow(/--format ndjson/);
    await expect(read({ format: "json" }, '[{"a":1}')).rejects.toThrow(FailedError);
  });
});

test.each(["csv", "ndjson", "json"] as const)(
  "%s: how many rows were found is known before they come out",
  async (format) => {
    const text = { csv: "x\n1\n2\n3\n", ndjson: '{"x":1}\n{"x":2}\n{"x":3}\n', json: '[{"x":1},{"x":2},{"x":3}]' };
    let found = 0;
    const onFound = (rows: number) => {
      found += rows;
    };

    const first = await readRows(pieces(text[format]), { format, live: true, onFound }).next();

    expect([found, first.value?.number]).toEqual([3, 1]);
  },
);

test("the same row has the same text, by which its id is made", async () => {
  const [a, b, c] = await read({ format: "csv" }, 'x,y\n1,"2"\n"1",2\n1,3\n');

  expect(a?.text).toBe(b?.text);
  expect(a?.text).not.toBe(c?.text);
});
