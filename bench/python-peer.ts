// Python packages that are measured beside Wadi, as the tests have them: fetched from PyPI into a folder of their own when first needed.

import { asError } from "../functions/lib/errors.ts";
import { type Peer, pythonWith } from "../functions/lib/python.contract.ts";

/** Where it cannot be had the row says so, and the others are measured. */
export async function pythonPeer(requirement: string, module: string): Promise<Peer> {
  try {
    return await pythonWith(requirement, module);
  } catch (error) {
    return { python: "", missing: asError(error).message };
  }
}
