// wadi completion: the completion script for a shell.

import { Argument, Command } from "commander";
import type { CommandContext } from "../context.ts";
import { bashCompletion } from "./bash.ts";
import { commandTree } from "./command-tree.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

const HELP = `
For this shell only:
  source <(wadi completion bash)            bash; completes wadi and ./wadi
  source <(wadi completion zsh)             zsh, after compinit
  wadi completion fish | source             fish

For every new shell:
  wadi completion bash > ~/.local/share/bash-completion/completions/wadi
  wadi completion zsh > "\${fpath[1]}/_wadi"
  wadi completion fish > ~/.config/fish/completions/wadi.fish`;

export function completionCommand({ terminal: { out } }: CommandContext): Command {
  return new Command("completion")
    .summary("what bash, zsh or fish needs to complete wadi")
    .description("Writes the script by which a shell completes wadi: commands, options, files and folders.")
    .addArgument(new Argument("<shell>", "bash, zsh or fish").choices(Object.keys(SHELLS)))
    .addHelpText("after", HELP)
    .action((shell: keyof typeof SHELLS, _flags: unknown, command: Command) => {
      let program = command;
      while (program.parent !== null) program = program.parent;
      out.write(SHELLS[shell](commandTree(program)));
    });
}
