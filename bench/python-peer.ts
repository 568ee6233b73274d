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

const RIVER = "river==0.26.1";

export const river = () => pythonPeer(RIVER, "river");

export const vowpalWabbit = () => pythonPeer("vowpalwabbit==9.11.9", "vowpalwabbit");

/** What people put a River model behind. With the parsers in C that uvicorn has for speed. */
export const fastApi = () =>
  pythonPeer(`${RIVER} fastapi==0.163.2 uvicorn[standard]==0.54.0`, "fastapi, river, uvicorn, uvloop, httptools");
