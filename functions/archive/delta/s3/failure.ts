// What is wrong with a store of objects, and the cure. What the store wrote is not repeated but for its code, a short word.

import { asError, ConfigurationError, UnavailableError } from "../../../lib/errors.ts";

export interface Refusal {
  readonly status: number;
  /** As `NoSuchBucket`; empty where the answer has no body. */
  readonly code: string;
  /** Where the bucket is, as far as the store tells. */
  readonly region: string;
}

const CLOCK = /^RequestTimeTooSkewed$/;
const CREDENTIALS = /^(ExpiredToken|InvalidToken|TokenRefreshRequired|InvalidAccessKeyId|SignatureDoesNotMatch)$/;
const ELSEWHERE =
  /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/;

/** ConfigurationError for what a new start has to change, UnavailableError for what may pass. */
export function refusalOf(where: string, { status, code, region }: Refusal): Error {
  const answer = code === "" ? `${status}` : `${status} ${code}`;
  if (CLOCK.test(code)) return unavailable(where, `its clock and this machine's differ (${answer}): set the clock`);
  if (ELSEWHERE.test(code) || (status >= 300 && status < 400)) {
    const cure = region === "" ? "set AWS_REGION to the bucket's region" : `set AWS_REGION=${region}`;
    return new ConfigurationError(`${where} cannot be used: its bucket is in another region (${answer}); ${cure}`);
  }
  if (status === 401 || status === 403 || CREDENTIALS.test(code)) {
    const cure =
      "have them allowed again to list, get, put and delete there, or start again with other ones in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    return unavailable(where, `the store refuses the credentials (${answer}): ${cure}`);
  }
  if (code === "NoSuchBucket") return missingBucket(where);
  if (status === 501) return withoutConditions(where, `it answers ${answer} to one`);
  if (status === 429 || status >= 500) return unavailable(where, `the store does not take requests now (${answer})`);
  return unavailable(where, `the store answers ${answer}: look there for the reason`);
}

export function missingBucket(where: string): UnavailableError {
  return unavailable(where, "its bucket is not there (404): make it, or bring it back");
}

export function withoutConditions(where: string, how: string): ConfigurationError {
  return new ConfigurationError(
    `${where} cannot be used: its store does not apply conditional writes (If-None-Match: *): ${how}. Two writers would ` +
      "overwrite each other's commits; take a store that applies them, as Amazon S3 does, or a folder",
  );
}

/** No answer came, or not all of it. */
export function silenceOf(where: string, thrown: unknown, limitMs: number): UnavailableError {
  const error = asError(thrown);
  if (error.name === "TimeoutError")
    return unavailable(
      where,
      `its store did not answer within ${Math.ceil(limitMs / 1000)} s: look at the network`,
      error,
    );
  const { code } = (error.cause ?? {}) as { code?: unknown };
  const reason = typeof code === "string" ? code : error.message;
  return unavailable(
    where,
    `its store cannot be reached (${reason}): look at the network and AWS_ENDPOINT_URL_S3`,
    error,
  );
}

function unavailable(where: string, how: string, cause?: Error): UnavailableError {
  return new UnavailableError("s3-unavailable", `${where} cannot be used: ${how}`, cause && { cause });
}
