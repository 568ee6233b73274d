// The completion script for bash: one function that follows the words to the command, and offers what may come next.

import type { CommandNode, Follows } from "./command-tree.ts";

export function bashCompletion(tree: readonly CommandNode[]): string {
  return `# bash completion of wadi, written by \`wadi completion bash\`
_wadi_files() {
  local IFS=$'\\n' # names may have blanks
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$2"))
}
_wadi() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at= words= files= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at/\${COMP_WORDS[i]}" in
      ${pathPattern(tree)}) at="$at/\${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$at \${COMP_WORDS[COMP_CWORD - 1]}" in
${tree.flatMap(valueCases).join("\n")}
  esac
  case "$at" in
${tree.map(nodeCase).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    words=$options
  else
    words=$commands
    case "$files" in
      file) _wadi_files -f "$cur" ;;
      folder) _wadi_files -d "$cur" ;;
    esac
  fi
  COMPREPLY+=($(compgen -W "$words" -- "$cur"))
}
complete -F _wadi wadi
`;
}

export function pathPattern(tree: readonly CommandNode[]): string {
  return tree.flatMap(({ path }) => (path === "" ? [] : [quoted(path)])).join(" | ");
}

function valueCases({ path, options }: CommandNode): string[] {
  return options.flatMap(({ names, value }) => {
    if (value === undefined) return [];
    const pattern = names.map((name) => quoted(`${path} ${name}`)).join(" | ");
    return [`    ${pattern}) ${reply(value)}return ;;`];
  });
}

function reply(value: Follows): string {
  if (value.kind === "anything") return "";
  if (value.kind === "words") return `COMPREPLY=($(compgen -W ${quoted(value.words.join(" "))} -- "$cur")); `;
  return `_wadi_files ${value.kind === "folder" ? "-d" : "-f"} "$cur"; `;
}

function nodeCase({ path, commands, options, argument }: CommandNode): string {
  const words = argument.kind === "words" ? argument.words : commands.map(({ name }) => name);
  const names = options.flatMap((option) => option.names);
  const files = argument.kind === "file" || argument.kind === "folder" ? argument.kind : "";
  return `    ${quoted(path)}) local commands=${quoted(words.join(" "))} options=${quoted(names.join(" "))} files=${files} ;;`;
}

/** Any text in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
