// wadi start: all of Wadi in this process, ready for curl until Ctrl-C.

import { join, relative, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { type LocalOptions, type LocalWadi, startLocal } from "../local/start.ts";
import { type CommandContext, DEFAULT_PORT, DEFAULT_URL } from "./context.ts";
import { ExitCode } from "./exit.ts";
import { aborted, catchInterrupt } from "./interrupt.ts";

/** Where the program itself lies: its pipelines and its topology are the defaults. */
export const HOME = join(import.meta.dirname, "../..");

export interface StartOptions {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly pipelines: string;
  readonly values: string;
  readonly logLevel: string;
}

/** The settings that every command has which starts Wadi here. */
export function withStartOptions(command: Command, data: string): Command {
  return command
    .option("--data <folder>", "the data folder: journal and store", data)
    .option("--port <number>", "the port of broker and functions; 0 takes a free one", readPort, DEFAULT_PORT)
    .option("--host <address>", "where to listen; 0.0.0.0 lets other machines in", "127.0.0.1")
    .option("--pipelines <folder>", "the pipeline files", shown(join(HOME, "helm/pipelines")))
    .option(
      "--values <file>",
      "the chart's values, whose `steps` are the topology",
      shown(join(HOME, "helm/values.yaml")),
    )
    .option("--log-level <level>", "debug, info, warn, error or silent; logs go to standard error", "warn");
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("a port is a whole number from 0 to 65535.");
}

/** A path as short as it can be written from here. */
function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

/** @throws ConfigurationError, UnavailableError, each with its cure. */
export function startWadi({ data, pipelines, values, ...options }: StartOptions): Promise<LocalWadi> {
  const local: LocalOptions = { ...options, dataFolder: data, pipelinesFolder: pipelines, valuesFile: values };
  return startLocal(local);
}

/** The command that runs this program, as it can be pasted here. */
export function programName(): string {
  const path = shown(join(HOME, "wadi"));
  return path === "wadi" ? "./wadi" : path;
}

export function startCommand({ terminal, exitWith }: CommandContext): Command {
  const command = withStartOptions(new Command("start"), ".wadi/data")
    .summary("run Wadi here: broker, functions and store in one process")
    .description(
      "Runs Wadi in this process, ready for curl until Ctrl-C: broker, four functions and store, one data folder.",
    );
  return command.action(async (options: StartOptions) => {
    const { out, err } = terminal;
    const interrupt = catchInterrupt(() => err.write("\nFinishing what is under way; Ctrl-C again ends at once.\n"));
    const wadi = await startWadi(options);
    const { strong, quiet } = out.palette;
    out.write(`${strong(`Wadi takes events at ${wadi.url}/`)}\n`);
    out.write(`${quiet("pipelines")}  ${[...wadi.pipelines.keys()].join(", ")}\n`);
    out.write(`${quiet("data")}       ${resolve(options.data)}\n`);
    out.write(`${quiet("look at")}    ${wadi.url}/health/ready  ${wadi.url}/metrics\n`);
    out.write(`${quiet("try")}        ${programName()} emit --pipeline line --generate line${urlOption(wadi.url)}\n`);
    await aborted(interrupt.signal);
    await wadi.stop();
    exitWith(ExitCode.done);
  });
}

/** How `emit` is told where Wadi is; nothing where it is the default. */
export function urlOption(url: string): string {
  return `${url}/` === DEFAULT_URL ? "" : ` --url ${url}/`;
}

/** How `start` is told the port; nothing where it is the default. */
export function portOption(url: string): string {
  const port = Number(new URL(url).port);
  return port === DEFAULT_PORT ? "" : ` --port ${port}`;
}
