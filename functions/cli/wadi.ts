// The command line of Wadi.

import { systemClock } from "../lib/clock.ts";
import { runProgram } from "./program.ts";
import { createAsk } from "./terminal/ask.ts";
import { createTerminal } from "./terminal/output.ts";

const ask = createAsk();
process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: createTerminal(process.env),
  env: process.env,
  clock: systemClock,
  ...(ask && { ask }),
});
