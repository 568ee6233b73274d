// wadi page: the link to the page of a running Wadi, with its token, so that a browser is logged in at once. On a cluster it also
// leads there.

import { Command } from "commander";
import { DEFAULT_NAMESPACE, isOfCluster } from "../../cluster/flags.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import type { CommandContext } from "../context.ts";
import { wholeNumber } from "../option-values.ts";
import { foldersOf, pageLink, readRunning } from "../run/running.ts";
import { writeJson } from "../terminal/json-answer.ts";
import type { ClusterPageFlags } from "./cluster-page.ts";

const HELP = `
Examples:
  wadi page                        the page of the Wadi that runs here
  wadi page --data .wadi/other
  xdg-open "$(wadi page)"          and a browser on it
  wadi page --cluster              the page of the Wadi on a cluster, which it wakes; until Ctrl-C

The link has the token of the admin API: whoever has it may do all that you may. The browser keeps the token for that tab
alone, takes it out of the address at once, and sends it to no one but Wadi.

With --cluster a port of this machine leads to the dashboard there, through Knative's activator: it wakes when it is asked, and sleeps
again when nobody looks. You need the right to read the dashboard's Service and secret, and in knative-serving to get Services, list
pods, and get and create pods/portforward.

--json writes {url}.

Exit codes: 0 the link is printed; 1 no Wadi runs there; 2 wrong use; 130 ended by Ctrl-C.`;

interface PageFlags extends ClusterPageFlags {
  readonly data?: string;
}

export function pageCommand(context: CommandContext): Command {
  return new Command("page")
    .summary("the link to the page that shows it all")
    .description(
      "Prints the link to the page of a running Wadi: what happens now, each model's score, and what may be done.",
    )
    .option("--data <folder>", "the data folder (.wadi/data, else .wadi/demo)")
    .option("--json", "the link as JSON")
    .optionsGroup("On a cluster:")
    .option("--cluster", "the Wadi on the cluster of the kube config")
    .option("--context <name>", "the context of the kube config (its current one)")
    .option("--namespace <name>", `the namespace where Wadi is installed (${DEFAULT_NAMESPACE})`)
    .option("--port <port>", "the port of this machine that leads there (any free one)", (text) =>
      wholeNumber("--port", text, 0, 65_535),
    )
    .addHelpText("after", HELP)
    .action(async (flags: PageFlags) => {
      const { data, json } = flags;
      if (isOfCluster(flags)) {
        const { openClusterPage } = await import("./cluster-page.ts");
        return openClusterPage(context, flags);
      }
      if (flags.port !== undefined) throw new UsageError("--port is for a Wadi on a cluster: add --cluster");
      const { terminal } = context;
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
