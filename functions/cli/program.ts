// The program: its commands put together, in the order in which a user meets them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { HOME } from "../lib/program.ts";
import { archiveCommand } from "./archive/archive.ts";
import { completionCommand } from "./completion/completion.ts";
import type { CommandContext } from "./context.ts";
import { dlqCommand } from "./dlq/dlq.ts";
import { doctorCommand } from "./doctor/doctor.ts";
import { emitCommand } from "./emit/emit.ts";
import { eventsCommand } from "./events/events.ts";
import { generatorCommand } from "./generator/generator.ts";
import { fitHelp } from "./help-text.ts";
import { labelsCommand } from "./labels/labels.ts";
import { learnCommand } from "./learn/learn.ts";
import { modelsCommand } from "./models/models.ts";
import { packageCommand } from "./package/package.ts";
import { pageCommand } from "./page/page.ts";
import { pipelineCommand } from "./pipeline/pipeline.ts";
import { predictCommand } from "./predict/predict.ts";
import { replayCommand } from "./replay/replay.ts";
import { cleanCommand } from "./run/clean.ts";
import { demoCommand } from "./run/demo.ts";
import { startCommand } from "./run/start.ts";
import { statusCommand } from "./status/status.ts";
import { watchCommand } from "./status/watch-pods.ts";
import { ExitCode, exitCodeOf, explain } from "./terminal/exit.ts";
import { wrap } from "./terminal/wrap.ts";
import { traceCommand } from "./trace/trace.ts";

const HELP = `
Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted by Ctrl-C.
Colour is used in terminals only, and not if NO_COLOR is set. Errors and progress go to standard error.

  wadi start                                    run it here, ready for curl
  wadi emit --pipeline line --generate line     send it a thousand events
  wadi status --watch                           see what happens to them
  wadi predict --pipeline line x=0.5            ask what was learned
  wadi help emit                                help for one command`;

const GROUPS = {
  "Run it:": [startCommand, demoCommand, packageCommand, doctorCommand],
  "Use it:": [emitCommand, generatorCommand, predictCommand, pipelineCommand, learnCommand],
  "Look after it:": [
    ...[pageCommand, statusCommand, watchCommand, eventsCommand, labelsCommand],
    ...[modelsCommand, traceCommand, dlqCommand, replayCommand, archiveCommand],
  ],
  "Find your way:": [completionCommand],
} as const;

export function createProgram(context: CommandContext): Command {
  const { out, err } = context.terminal;
  const program = new Command("wadi")
    .configureOutput({
      writeOut: (text) => out.write(fitHelp(text, out.columns())),
      writeErr: (text) => err.write(fitHelp(text, err.columns())),
      getOutHelpWidth: out.columns,
      getErrHelpWidth: err.columns,
      outputError: (text) => err.write(text.replace(/^error: /, "wadi: ")),
    })
    .description(
      "Event-driven online machine learning: learns from a stream of CloudEvents, from each example exactly once.",
    )
    .version(version(), "--version", "show the version")
    .option("--verbose", "on an error, show where it happened")
    .addHelpText("after", HELP)
    .helpOption("-h, --help", "show this help")
    .commandsGroup("Find your way:")
    .helpCommand("help [command]", "help for one command")
    .showSuggestionAfterError()
    .showHelpAfterError("(see wadi help)");
  for (const [group, commands] of Object.entries(GROUPS)) {
    for (const create of commands) program.addCommand(create(context).helpGroup(group));
  }
  program.addCommand(cleanCommand(context), { hidden: true });
  inherit(program, program);
  return program;
}

/** What comes of a wrong command line is the same at every depth. */
function inherit(command: Command, program: Command, path: readonly string[] = []): void {
  for (const one of command.commands) {
    const own = [...path, one.name()];
    one
      .copyInheritedSettings(program)
      .helpOption("-h, --help", "show this help")
      .showHelpAfterError(`(see wadi help ${own.join(" ")})`);
    // Each has --help; a command in each group of commands would be one too many.
    if (one.commands.length > 0) one.helpCommand(false);
    inherit(one, program, own);
  }
  command.exitOverride();
}

function version(): string {
  return (JSON.parse(readFileSync(join(HOME, "package.json"), "utf8")) as { version: string }).version;
}

/** `help dlq list` as `dlq list --help`; of what is no command as that itself, so that it is refused. */
function withHelpOption(program: Command, [first, ...path]: readonly string[]): readonly string[] {
  const words = path.filter((word) => !word.startsWith("-"));
  if (first !== "help" || words.length === 0) return first === undefined ? [] : [first, ...path];
  let command: Command | undefined = program;
  for (const word of words) command = command?.commands.find((one) => one.name() === word);
  return command === undefined ? words : [...words, "--help"];
}

/** Runs one command line, without the program's name; what it exits with. */
export async function runProgram(
  args: readonly string[],
  context: Omit<CommandContext, "exitWith">,
): Promise<ExitCode> {
  let code: ExitCode = ExitCode.done;
  const program = createProgram({
    ...context,
    exitWith: (wanted) => {
      code = wanted;
    },
  });
  try {
    await program.parseAsync(withHelpOption(program, args), { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
    const { err } = context.terminal;
    const verbose = program.opts()["verbose"] === true;
    const lines = explain(error, verbose).split("\n");
    err.write((verbose ? lines : lines.flatMap((line) => wrap(line, err.room()))).join("\n"));
    return exitCodeOf(error);
  }
}
