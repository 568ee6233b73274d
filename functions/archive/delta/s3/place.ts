// Where in a store of objects a table is, and with what right: an address, and the variables that every tool for S3 reads.

import { ConfigurationError } from "../../../lib/errors.ts";

export interface S3Place {
  /** `s3://bucket/prefix`, for people. It holds no secret. */
  readonly where: string;
  /** Of the bucket, without a slash at its end. */
  readonly url: string;
  /** Of every key: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

type Env = Readonly<Record<string, string | undefined>>;

const EXAMPLE = "s3://bucket/prefix";
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[\w=~.-]+(\/[\w=~.-]+)*$/;
const REGION = /^[a-z0-9-]{1,40}$/;
const MAX_PREFIX = 512;

export function isS3(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/**
 * `text`: `s3://bucket/prefix`. Endpoint, region and credentials come from `env`: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL,
 * AWS_REGION or AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. @throws ConfigurationError.
 */
export function readS3Place(text: string, env: Env): S3Place {
  const { bucket, prefix } = readAddress(text);
  const read = (name: string) => env[name]?.trim() || undefined;
  const where = `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`;
  const endpoint = read("AWS_ENDPOINT_URL_S3") ?? read("AWS_ENDPOINT_URL");
  const region = readRegion(where, read("AWS_REGION") ?? read("AWS_DEFAULT_REGION"), endpoint !== undefined);
  const sessionToken = read("AWS_SESSION_TOKEN");
  const [accessKeyId, secretAccessKey] = [read("AWS_ACCESS_KEY_ID"), read("AWS_SECRET_ACCESS_KEY")];
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY";
    throw new ConfigurationError(
      `${where} needs credentials, and ${missing} is not set: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with temporary ones AWS_SESSION_TOKEN, too)`,
    );
  }
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
    // It goes into a header of HTTP; the value itself is not shown.
    if (!/^[\x21-\x7e]*$/.test(read(name) ?? ""))
      throw new ConfigurationError(`${name} has a character that no such key has: set it again, without blanks`);
  }
  return {
    where,
    url: endpoint === undefined ? amazonUrl(bucket, region) : `${readEndpoint(endpoint)}/${bucket}`,
    prefix: prefix === "" ? "" : `${prefix}/`,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
  };
}

function readAddress(text: string): { readonly bucket: string; readonly prefix: string } {
  // The text is not shown: it may hold a password.
  const refuse = (why: string) => new ConfigurationError(`the archive's address ${why}; write ${EXAMPLE}`);
  const [, bucket = "", rest = ""] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(text.trim()) ?? [];
  if (bucket.includes("@"))
    throw refuse("holds credentials, which belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  if (!BUCKET.test(bucket)) throw refuse("names no bucket: 3 to 63 small letters, digits, dots and hyphens");
  const prefix = rest.replace(/\/+$/, "");
  const isFine = prefix === "" || (PREFIX.test(prefix) && prefix.length <= MAX_PREFIX);
  if (!isFine || prefix.split("/").some((part) => /^\.+$/.test(part)))
    throw refuse("has a prefix of other characters than letters, digits and _ - . = ~ between single slashes");
  return { bucket, prefix };
}

function readRegion(where: string, region: string | undefined, isElsewhere: boolean): string {
  if (region === undefined && isElsewhere) return "us-east-1";
  if (region === undefined)
    throw new ConfigurationError(
      `${where} needs a region: set AWS_REGION, or for a store that is not Amazon's AWS_ENDPOINT_URL_S3`,
    );
  if (REGION.test(region)) return region;
  throw new ConfigurationError("AWS_REGION is no region; write one as eu-central-1");
}

function readEndpoint(text: string): string {
  const url = URL.parse(text);
  const isFine = url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
  if (!isFine || url.username !== "" || url.password !== "") {
    throw new ConfigurationError(
      "AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL) is no address of a store: write https://host:port, without credentials",
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** A certificate of Amazon's covers no bucket whose name has a dot. */
function amazonUrl(bucket: string, region: string): string {
  const host = `s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  return bucket.includes(".") ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
}
