// wadi package: the steps as another platform takes them. One file a platform.

import { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { packageFuncCommand } from "./func.ts";
import { packageOpenWhiskCommand } from "./openwhisk.ts";

const HELP = `
Examples:
  wadi package openwhisk                            four actions and their manifest, in dist/openwhisk
  wadi package func --step predict                  a function project of Knative, in dist/func-predict
  wadi start --steps https://host/api/v1/web/me/wadi/
                                                    then call them where they were deployed

Exit codes: 0 written; 1 it cannot be made or written; 2 wrong use.`;

export function packageCommand(context: CommandContext): Command {
  return new Command("package")
    .summary("the steps, packed for another platform")
    .description(
      "Packs the steps for a platform that calls functions. wadi start --steps calls them there and keeps delivery.",
    )
    .addHelpText("after", HELP)
    .addCommand(packageOpenWhiskCommand(context))
    .addCommand(packageFuncCommand(context));
}
