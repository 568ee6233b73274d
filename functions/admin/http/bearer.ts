// Callers need a token, as `Authorization: Bearer <token>` and in no other way. A query parameter would end up in logs and
// histories, and a cookie would be sent along by any page: the page of this server reads its streams with `fetch`, which can
// send the header. With one token people may do all there is, with the other one they may look.

import { hash, timingSafeEqual } from "node:crypto";
import { ForbiddenError, UnauthorizedError } from "../../lib/errors.ts";
import { acts, type Operation } from "../operation.ts";
import type { Me } from "../shapes/me.ts";

export interface Tokens {
  readonly token: string;
  /** Absent: nobody may only look. */
  readonly viewToken?: string | undefined;
}

/** Who asks. @throws UnauthorizedError. The time it takes reveals nothing about the tokens. */
export function createBearerCheck({ token, viewToken }: Tokens): (authorization: string | undefined) => Me["role"] {
  // Digests, since a comparison in constant time needs two of one length.
  const wanted = digest(token);
  const looking = viewToken === undefined ? undefined : digest(viewToken);
  return (authorization) => {
    if (authorization === undefined) throw new UnauthorizedError(`the token is missing: ${CURE}`);
    const [, given] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    if (given === undefined) throw new UnauthorizedError(`the token is wrong: ${CURE}`);
    const its = digest(given);
    // Each is compared, whatever comes of the other.
    const [isAdmin, mayLook] = [timingSafeEqual(its, wanted), looking !== undefined && timingSafeEqual(its, looking)];
    if (isAdmin) return "admin";
    if (mayLook) return "view";
    throw new UnauthorizedError(`the token is wrong: ${CURE}`);
  };
}

/** @throws ForbiddenError for who may only look. */
export function checkMayDo(role: Me["role"], operation: Operation): void {
  if (role === "admin" || !acts(operation)) return;
  const what = `${operation.method} ${operation.path}`;
  throw new ForbiddenError(
    "view-only",
    `this token may only look (it is WADI_VIEW_TOKEN), and ${what} acts: send the admin token, which wadi start printed ` +
      "at its first start and which lies in the data folder (admin-token)",
  );
}

const CURE =
  "send `Authorization: Bearer <token>`; wadi start printed it at its first start, and it lies in the data folder (admin-token)";

function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
