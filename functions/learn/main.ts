import { serve } from "../lib/serve/run.ts";
import { build } from "./step.ts";

await serve("learn", build, process.env);
