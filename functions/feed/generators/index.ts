// The generators there are, by name.

import { appSessions } from "./app-sessions/app-sessions.ts";
import { line } from "./line.ts";

export const generators = { line, "app-sessions": appSessions } as const;
