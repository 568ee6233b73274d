import { serve } from "../lib/serve/run.ts";
import { build } from "./step.ts";

await serve("predict", build, process.env);
