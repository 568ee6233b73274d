// The commands for completion, read from the program itself, so that the two never differ.

import type { Argument, Command, Option } from "commander";

/** What may come next: a file, a folder (where a place may be one, too), one of some words, or anything. */
export type Follows =
  | { readonly kind: "file" }
  | { readonly kind: "folder" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "anything" };

export interface CommandOption {
  /** `--data`, `-V`. */
  readonly names: readonly string[];
  readonly about: string;
  /** Absent if it takes no value. */
  readonly value?: Follows;
}

export interface CommandNode {
  /** `/dlq/list`; empty for the program. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly CommandOption[];
  readonly argument: Follows;
}

export function commandTree(program: Command): readonly CommandNode[] {
  return nodesOf(program, "");
}

function nodesOf(command: Command, path: string): CommandNode[] {
  const help = command.createHelp();
  const commands = help
    .visibleCommands(command)
    .map((one) => ({ name: one.name(), about: help.subcommandDescription(one) }));
  const own = {
    path,
    commands,
    options: help.visibleOptions(command).map(optionOf),
    argument: argumentOf(command.registeredArguments[0]),
  };
  const names = commands.map(({ name }) => name).filter((name) => name !== "help");
  const asked = commands.length > names.length ? [helpNode(path, names)] : [];
  return [own, ...command.commands.flatMap((one) => nodesOf(one, `${path}/${one.name()}`)), ...asked];
}

/** `wadi help emit` */
function helpNode(path: string, words: readonly string[]): CommandNode {
  return { path: `${path}/help`, commands: [], options: [], argument: { kind: "words", words } };
}

function optionOf(option: Option): CommandOption {
  const names = [option.long, option.short].filter((name) => name !== undefined && name !== null);
  const about = option.description;
  if (!option.required && !option.optional) return { names, about };
  if (option.argChoices !== undefined) return { names, about, value: { kind: "words", words: option.argChoices } };
  const what = /<(file|folder|path|place)>/.exec(option.flags)?.[1];
  const kind = what === "folder" || what === "place" ? "folder" : what === undefined ? "anything" : "file";
  return { names, about, value: { kind } };
}

function argumentOf(argument: Argument | undefined): Follows {
  if (argument?.argChoices !== undefined) return { kind: "words", words: argument.argChoices };
  return { kind: argument !== undefined && /^files?$/.test(argument.name()) ? "file" : "anything" };
}
