// The question before what cannot simply be done again.

import { UsageError } from "../../lib/failure.ts";
import type { CommandContext } from "../context.ts";

interface Question {
  /** `Clear line?` */
  readonly asks: string;
  /** The same where nobody can be asked: `line would be cleared`. */
  readonly would: string;
  /** What is lost, in words. */
  readonly cost: string;
  /** How many examples; to be typed as confirmation, unless 0. */
  readonly examples: number;
}

/** Whether the person agrees. @throws UsageError where nobody can be asked. */
export async function agreed(
  { asks, would, cost, examples }: Question,
  { yes }: { readonly yes?: boolean },
  { ask }: Pick<CommandContext, "ask">,
): Promise<boolean> {
  if (yes === true) return true;
  if (ask === undefined) {
    throw new UsageError(`${would}; add --yes, because nobody can be asked here. ${cost}`);
  }
  const [how, words] =
    examples === 0 ? ["[y/N]", /^y(es)?$/i] : [`Type ${examples} to do so:`, new RegExp(`^${examples}$`)];
  return words.test((await ask(`${asks} ${cost} ${how} `))?.trim() ?? "");
}
