// The admin API as routes of the one server: the table of operations behind tokens, the OpenAPI document, the stream of
// changes, and the page.

import type { CheckCaller } from "../../lib/serve/callers.ts";
import type { PlainRoute } from "../../lib/serve/route.ts";
import { createServer, type Server } from "../../lib/serve/server.ts";
import { type Answer, answerOfJson, type Failure, problemDetails } from "../../lib/serve/status.ts";
import type { StreamAnswer } from "../../lib/serve/stream.ts";
import type { Log } from "../../lib/telemetry/log.ts";
import type { Admin } from "../admin.ts";
import type { Changes } from "../changes.ts";
import type { Operation } from "../operation.ts";
import { CHANGES, operations } from "../operations.ts";
import { pageRoutes } from "../page/page.ts";
import { checkMayDo, createBearerCheck } from "./bearer.ts";
import { openApiDocument } from "./openapi.ts";
import { readInput } from "./request.ts";

export interface ApiOptions {
  readonly admin: Admin;
  readonly changes: Changes;
  readonly token: string;
  /** With which people may look; absent: there is none. */
  readonly viewToken?: string | undefined;
  /** Of Wadi. */
  readonly version: string;
  /** What is missing, by name; for `/health/ready`. */
  missing(): Promise<Readonly<Record<string, string>>>;
  /** Other streams for who has a token, by path. */
  readonly streams?: ReadonlyMap<string, () => StreamAnswer>;
  readonly log: Log;
  readonly checkCaller?: CheckCaller;
}

/** A thousand numbers and their commas. */
const MAX_BODY_BYTES = 64 * 1024;
const MAX_REQUESTS = 128;

export function createApiServer(options: ApiOptions): Server {
  const { admin, changes, version, missing, log } = options;
  const authorize = createBearerCheck(options);
  const document = answerOfJson(openApiDocument(version));

  const guarded = (operation: Operation): PlainRoute => ({
    method: operation.method,
    path: operation.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    maxBodyBytes: operation.body === undefined ? 0 : (operation.maxBodyBytes ?? MAX_BODY_BYTES),
    async answer(request) {
      const role = authorize(request.headers.authorization);
      checkMayDo(role, operation);
      return unkept(answerOfJson(await operation.run(admin, { ...readInput(operation, request), role })));
    },
  });
  const open: PlainRoute = { method: "GET", path: "/api/openapi.json", maxBodyBytes: 0, answer: async () => document };
  const stream: PlainRoute = {
    method: "GET",
    path: CHANGES,
    maxBodyBytes: 0,
    async answer({ headers }) {
      authorize(headers.authorization);
      const last = headers["last-event-id"];
      return changes.stream(typeof last === "string" ? last : undefined);
    },
  };
  const others = [...(options.streams ?? [])].map(
    ([path, answer]): PlainRoute => ({
      ...{ method: "GET", path, maxBodyBytes: 0 },
      async answer({ headers }) {
        authorize(headers.authorization);
        return answer();
      },
    }),
  );
  return createServer({
    events: [],
    plain: [...operations.map(guarded), open, stream, ...others, ...pageRoutes(version)],
    missing,
    log,
    tell,
    maxRequests: MAX_REQUESTS,
    ...(options.checkCaller && { checkCaller: options.checkCaller }),
  });
}

/** No cache may keep what needs the token. */
function unkept(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, "cache-control": "no-store" } };
}

function tell(failure: Failure, path: string): Answer {
  const answer = problemDetails(failure, path);
  if (failure.status !== 401) return answer;
  return { ...answer, headers: { ...answer.headers, "www-authenticate": 'Bearer realm="wadi"' } };
}
