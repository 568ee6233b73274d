// One header of a request. Node makes `headers` of all lines at the first look at it, which takes as long as all that a small event
// needs of them.

import type { IncomingMessage } from "node:http";

/** `name`: in lower case. Of several lines of that name the first, as in `headers` for those that Node does not join. */
export function headerOf({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">, name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const given = rawHeaders[i] as string;
    if (given.length === name.length && given.toLowerCase() === name) return rawHeaders[i + 1];
  }
  return undefined;
}
