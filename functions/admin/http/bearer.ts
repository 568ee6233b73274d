// Callers need the token, as `Authorization: Bearer <token>` and in no other way. A query parameter would end up in logs and
// histories, and a cookie would be sent along by any page: the page of this server reads its streams with `fetch`, which can
// send the header.

import { hash, timingSafeEqual } from "node:crypto";
import { UnauthorizedError } from "../../lib/errors.ts";

/** @throws UnauthorizedError. The time it takes reveals nothing about the token. */
export function createBearerCheck(token: string): (authorization: string | undefined) => void {
  // Digests, since a comparison in constant time needs two of one length.
  const wanted = digest(token);
  return (authorization) => {
    if (authorization === undefined) throw new UnauthorizedError(`the token is missing: ${CURE}`);
    const [, given] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    if (given === undefined || !timingSafeEqual(digest(given), wanted)) {
      throw new UnauthorizedError(`the token is wrong: ${CURE}`);
    }
  };
}

const CURE =
  "send `Authorization: Bearer <token>`; wadi start printed it at its first start, and it lies in the data folder (admin-token)";

function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
