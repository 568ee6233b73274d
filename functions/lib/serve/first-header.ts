// A header by its name, without Node's object of all headers: to make that is a twentieth of the work of a small event.

import type { IncomingMessage } from "node:http";

/**
 * The first of this name, which is in lower case. Node's object has the same for host, content-type and content-length, and
 * joins those of other names.
 */
export function firstHeader({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">, name: string): string | undefined {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const written = rawHeaders[i] as string;
    if (written.length === name.length && written.toLowerCase() === name) return rawHeaders[i + 1];
  }
  return undefined;
}
