// The timeline: each line has seconds since the start, a topic, and what was seen; expectations are marked met or not.

import type { Output } from "../cli/terminal/output.ts";
import { printable } from "../cli/terminal/printable.ts";
import type { Clock } from "../lib/clock.ts";

export interface Timeline {
  /** Milliseconds since the start. */
  elapsed(): number;
  say(about: string, text: string): void;
  /** A less important line, such as pods that start and end. */
  note(about: string, text: string): void;
  /** An expectation; one that is not met does not end the run. `but`: what was seen instead. */
  expect(about: string, text: string, met: boolean, but?: string): void;
  readonly met: number;
  readonly failed: readonly string[];
}

const ABOUT = 9;

export function startTimeline({ write, palette, signs }: Output, clock: Clock): Timeline {
  const begun = clock.now();
  const failed: string[] = [];
  let met = 0;
  const elapsed = () => clock.now() - begun;

  function line(about: string, text: string): string {
    const seconds = (elapsed() / 1000).toFixed(1).padStart(6);
    return `${palette.quiet(`${seconds} s`)}  ${palette.strong(about.padEnd(ABOUT))}  ${text}\n`;
  }

  return {
    elapsed,
    say: (about, text) => write(line(about, printable(text))),
    note: (about, text) => write(line(about, palette.quiet(printable(text)))),
    expect(about, text, isMet, but) {
      if (isMet) met++;
      else failed.push(but === undefined ? text : `${text}, but ${but}`);
      const sign = isMet ? palette.good(signs.ok) : palette.bad(signs.failed);
      write(line(about, `${sign} ${printable(text)}${isMet || but === undefined ? "" : `, but ${printable(but)}`}`));
    },
    get met() {
      return met;
    },
    failed,
  };
}
