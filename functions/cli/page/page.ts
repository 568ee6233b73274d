// wadi page: the link to the page of a running Wadi, with its token, so that a browser is logged in at once.

import { Command } from "commander";
import { FailedError } from "../../lib/failure.ts";
import type { CommandContext } from "../context.ts";
import { foldersOf, pageLink, readRunning } from "../run/running.ts";
import { writeJson } from "../terminal/json-answer.ts";

const HELP = `
Examples:
  wadi page                        the page of the Wadi that runs here
  wadi page --data .wadi/other
  xdg-open "$(wadi page)"          and a browser on it

The link has the token of the admin API: whoever has it may do all that you may. The browser keeps the token for that tab
alone, takes it out of the address at once, and sends it to no one but Wadi.

--json writes {url}.

Exit codes: 0 the link is printed; 1 no Wadi runs there; 2 wrong use.`;

export function pageCommand({ terminal }: CommandContext): Command {
  return new Command("page")
    .summary("the link to the page that shows it all")
    .description(
      "Prints the link to the page of a running Wadi: what happens now, each model's score, and what may be done.",
    )
    .option("--data <folder>", "the data folder (.wadi/data, else .wadi/demo)")
    .option("--json", "the link as JSON")
    .addHelpText("after", HELP)
    .action(({ data, json }: { data?: string; json?: boolean }) => {
      const [running] = foldersOf(data).flatMap((folder) => readRunning(folder) ?? []);
      if (running === undefined) {
        const where = data === undefined ? "here (.wadi/data)" : `in ${data}`;
        throw new FailedError(
          `no Wadi runs ${where}; start one with \`wadi start\`, or choose another: --data <folder>`,
        );
      }
      const url = pageLink(running.url, running.token);
      if (json === true) writeJson({ url }, terminal.out);
      else terminal.out.write(`${url}\n`);
    });
}
