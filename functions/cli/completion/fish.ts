// The completion script for fish, with a description of each word.

import type { CommandNode, CommandOption, Follows } from "./command-tree.ts";

export function fishCompletion(tree: readonly CommandNode[]): string {
  const paths = tree.flatMap(({ path }) => (path === "" ? [] : [word(path)]));
  return `# fish completion of wadi, written by \`wadi completion fish\`
function __wadi_at
  set -l at ""
  set -l words (commandline -opc)
  for word in $words[2..-1]
    switch "$at/$word"
      case ${paths.join(" ")}
        set at "$at/$word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c wadi -f
${tree.flatMap(nodeLines).join("\n")}
`;
}

function nodeLines({ path, commands, options, argument }: CommandNode): string[] {
  const at = `complete -c wadi -n ${word(`__wadi_at "${path}"`)}`;
  return [
    ...commands.map(({ name, about }) => `${at} -a ${word(name)} -d ${word(about)}`),
    ...(argument.kind === "words" ? [`${at} -a ${word(argument.words.join(" "))}`] : []),
    ...(argument.kind === "file" ? [`${at} -F`] : []),
    ...(argument.kind === "folder" ? [`${at} -a '(__fish_complete_directories)'`] : []),
    ...options.map((option) => `${at} ${optionFlags(option)} -d ${word(option.about)}`),
  ];
}

function optionFlags({ names, value }: CommandOption): string {
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...flags, ...(value === undefined ? [] : [valueFlags(value)])].join(" ");
}

function valueFlags(value: Follows): string {
  if (value.kind === "file") return "-r -F";
  if (value.kind === "folder") return "-x -a '(__fish_complete_directories)'";
  return value.kind === "words" ? `-x -a ${word(value.words.join(" "))}` : "-x";
}

/** Fish has two escapes in single quotes. */
function word(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
