import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { manualClock } from "../../lib/clock.ts";
import { bar, startProgress } from "./progress.ts";
import { type RecordedOutput, recordedOutput } from "./recorded-output.contract.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape codes of a terminal
const STEP = /\x1b\[(?<up>\d+)A\r|(?<below>\x1b\[0J)|(?<line>(?:[^\x1b\n]|\x1b\[(?:\d+m|K|\?25[lh]))*\n)/g;

/** What a terminal shows after all that was written to it: the cursor moves up, what lies below is cleared. */
function shown(output: RecordedOutput): string[] {
  const lines: string[] = [];
  let at = 0;
  for (const { groups = {} } of output.text().matchAll(STEP)) {
    if (groups["up"] !== undefined) at -= Number(groups["up"]);
    else if (groups["below"] !== undefined) lines.length = at;
    else lines[at++] = stripVTControlCharacters(groups["line"] ?? "").trimEnd();
  }
  return lines;
}

describe("on a terminal", () => {
  function start(columns = 40) {
    const output = recordedOutput({ columns });
    const clock = manualClock();
    let state = ["0 %", "nothing yet"];
    const progress = startProgress({ output, clock, draw: () => state, plain: () => "plain", redrawMs: 100 });
    return {
      output,
      clock,
      progress,
      show: (...lines: string[]) => {
        state = lines;
      },
    };
  }

  test("it is redrawn in place, no oftener than it must be", () => {
    const { output, clock, show } = start();
    show("50 %", "half");

    clock.advance(99);
    expect(shown(output)).toEqual(["0 %", "nothing yet"]);

    clock.advance(1);
    expect(shown(output)).toEqual(["50 %", "half"]);
  });

  test("fewer lines leave nothing of the earlier ones", () => {
    const { output, clock, show } = start();
    show("done");

    clock.advance(100);

    expect(shown(output)).toEqual(["done"]);
  });

  test("a note stays above it", () => {
    const { output, clock, progress, show } = start();

    progress.note("line 3 was skipped");
    progress.note("line 7 was skipped");
    show("50 %");
    clock.advance(100);

    expect(shown(output)).toEqual(["line 3 was skipped", "line 7 was skipped", "50 %"]);
  });

  test("the last state stays, the cursor comes back, and nothing is drawn any more", () => {
    const before = process.listenerCount("exit");
    const { output, clock, progress, show } = start();
    show("100 %");

    progress.end();
    show("never");
    clock.advance(1000);

    expect(shown(output)).toEqual(["100 %"]);
    expect(output.text().lastIndexOf("\x1b[?25h")).toBeGreaterThan(output.text().lastIndexOf("\x1b[?25l"));
    expect(process.listenerCount("exit")).toBe(before);
  });

  test("cleared, it leaves no trace", () => {
    const { output, clock, progress } = start();
    progress.note("a note");

    progress.clear();
    clock.advance(1000);

    expect(shown(output)).toEqual(["a note"]);
  });

  test.each([20, 60, 80, 120])("no line wraps at %i columns, wide signs and colours included", (columns) => {
    const output = recordedOutput({ columns });
    const line = output.palette.bad("湿地 ".repeat(100));

    startProgress({ output, clock: manualClock(), draw: () => [line], plain: () => "" }).end();

    for (const one of output.text().split("\n")) {
      expect(stringWidth(one.replaceAll(/.*\r/g, ""))).toBeLessThan(columns);
    }
    expect(output.text()).toContain("\x1b[39m");
  });
});

test("in a pipe it is a plain line now and then, and one at its end", () => {
  const output = recordedOutput();
  const clock = manualClock();
  let n = 0;
  const progress = startProgress({ output, clock, draw: () => [], plain: () => `${n} sent`, plainMs: 2000 });

  n = 10;
  clock.advance(1999);
  expect(output.text()).toBe("");
  clock.advance(1);
  n = 20;
  progress.note("waiting");
  progress.end();
  clock.advance(10_000);

  expect(output.text()).toBe("10 sent\nwaiting\n20 sent\n");
});

test("cleared in a pipe, it says nothing more", () => {
  const output = recordedOutput();
  const clock = manualClock();

  startProgress({ output, clock, draw: () => [], plain: () => "x" }).clear();
  clock.advance(10_000);

  expect(output.text()).toBe("");
});

test("a bar is as wide as it is told, and as full as the fraction", () => {
  const output = recordedOutput();

  expect(bar(0, 10, output)).toBe("░".repeat(10));
  expect(bar(0.5, 10, output)).toBe("█████░░░░░");
  expect(bar(2, 4, output)).toBe("████");
  expect(bar(-1, 4, output)).toBe("░░░░");
});
