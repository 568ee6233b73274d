// vitest runs this before each test file.

import { registerEnds } from "./lib/end-of-file.contract.ts";

registerEnds();
