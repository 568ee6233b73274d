// The command line of Wadi: one file per command, put together here.

import { Command, CommanderError } from "commander";
import { systemClock } from "../lib/clock.ts";
import type { CommandContext } from "./context.ts";
import { demoCommand } from "./demo.ts";
import { emitCommand } from "./emit.ts";
import { ExitCode, exitCodeOf, explain } from "./exit.ts";
import { createTerminal } from "./output.ts";
import { startCommand } from "./start.ts";

const HELP = `
Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted by Ctrl-C.

  wadi start                                    run it here, ready for curl
  wadi emit --pipeline line --generate line     send it a thousand events
  wadi help emit                                all about one command`;

function createProgram(context: CommandContext): Command {
  const program = new Command("wadi")
    .description(
      "Event-driven online machine learning: learns from a stream of CloudEvents, each example exactly once.",
    )
    .option("--verbose", "on an error, show where it happened")
    .addHelpText("after", HELP)
    .helpCommand(true)
    .showSuggestionAfterError()
    .showHelpAfterError("(wadi help lists what there is)");
  for (const command of [startCommand(context), emitCommand(context), demoCommand(context)]) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  for (const command of [program, ...program.commands]) command.exitOverride();
  return program;
}

async function main(): Promise<void> {
  const terminal = createTerminal(process.env);
  let code: ExitCode = ExitCode.done;
  const program = createProgram({
    terminal,
    env: process.env,
    clock: systemClock,
    exitWith: (wanted) => {
      code = wanted;
    },
  });
  try {
    await program.parseAsync(process.argv);
  } catch (error) {
    if (error instanceof CommanderError) code = error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
    else {
      code = exitCodeOf(error);
      terminal.err.write(explain(error, program.opts()["verbose"] === true));
    }
  }
  process.exitCode = code;
}

await main();
