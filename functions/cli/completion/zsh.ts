// The completion script for zsh, with a description of each word.

import { pathPattern, quoted } from "./bash.ts";
import type { CommandNode, Follows } from "./command-tree.ts";

export function zshCompletion(tree: readonly CommandNode[]): string {
  return `#compdef wadi
# zsh completion of wadi, written by \`wadi completion zsh\`
_wadi() {
  local at= files= i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    case "$at/$words[i]" in
      (${pathPattern(tree)}) at="$at/$words[i]" ;;
    esac
  done
  case "$at $words[CURRENT-1]" in
${tree.flatMap(valueCases).join("\n")}
  esac
  case "$at" in
${tree.map(nodeCase).join("\n")}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe -o option options
    return
  fi
  case "$files" in
    (file) _files ;;
    (folder) _files -/ ;;
  esac
  (( $#commands )) && _describe command commands
}
if [[ $funcstack[1] == _wadi ]]; then _wadi "$@"; else compdef _wadi wadi; fi
`;
}

function valueCases({ path, options }: CommandNode): string[] {
  return options.flatMap(({ names, value }) => {
    if (value === undefined) return [];
    const pattern = names.map((name) => quoted(`${path} ${name}`)).join(" | ");
    return [`    (${pattern}) ${reply(value)}return ;;`];
  });
}

function reply(value: Follows): string {
  if (value.kind === "anything") return "_message value; ";
  if (value.kind === "words") return `compadd -- ${value.words.map(quoted).join(" ")}; `;
  return value.kind === "folder" ? "_files -/; " : "_files; ";
}

function nodeCase({ path, commands, options, argument }: CommandNode): string {
  const words =
    argument.kind === "words"
      ? argument.words.map((name) => described(name, ""))
      : commands.map(({ name, about }) => described(name, about));
  const names = options.flatMap((option) => option.names.map((name) => described(name, option.about)));
  const files = argument.kind === "file" || argument.kind === "folder" ? argument.kind : "";
  return `    (${quoted(path)}) commands=(${words.join(" ")}); options=(${names.join(" ")}); files=${files} ;;`;
}

/** `_describe` takes `name:description`. */
function described(name: string, about: string): string {
  const part = (text: string) => text.replaceAll("\\", "\\\\").replaceAll(":", "\\:");
  return quoted(about === "" ? part(name) : `${part(name)}:${part(about)}`);
}
