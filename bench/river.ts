// River, where Python has it: it is an anchor, and nothing else needs it.

import { spawnSync } from "node:child_process";

export const python = process.env["WADI_BENCH_PYTHON"] || "python3";

export function hasRiver(): boolean {
  return spawnSync(python, ["-c", "import river"], { stdio: "ignore" }).status === 0;
}

export const howToGetRiver = (row: string) =>
  `${row}: River is not installed, so its figures are left out; python3 -m venv .venv && .venv/bin/pip install ` +
  "river==0.26.1, and WADI_BENCH_PYTHON=.venv/bin/python npm run bench";
