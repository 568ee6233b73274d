// One page of a list of keys, as a store of objects writes it in XML: of it, two kinds of text are read.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html

import { UnavailableError } from "../../../lib/errors.ts";

export interface Page {
  readonly keys: readonly string[];
  /** Where the next one begins; undefined on the last. */
  readonly next: string | undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** @throws UnavailableError for what is no such page: a proxy may have answered. */
export function pageOf(body: Buffer, where: string): Page {
  const text = body.toString("utf8");
  const wrong = (cause?: unknown) =>
    new UnavailableError(
      "s3-unavailable",
      `${where} cannot be used: its store answers a list that is none; look at AWS_ENDPOINT_URL_S3`,
      { cause },
    );
  if (!/<ListBucketResult[\s>]/.test(text)) throw wrong();
  const isCoded = /<EncodingType>url<\/EncodingType>/.test(text);
  try {
    const keys = [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) =>
      isCoded ? decodeURIComponent(plain(key).replaceAll("+", " ")) : plain(key),
    );
    const [, next] = /<NextContinuationToken>([^<]*)<\/NextContinuationToken>/.exec(text) ?? [];
    const isCut = /<IsTruncated>true<\/IsTruncated>/.test(text);
    if (isCut && next === undefined) throw wrong();
    return { keys, next: isCut && next !== undefined ? plain(next) : undefined };
  } catch (error) {
    if (error instanceof URIError) throw wrong(error);
    throw error;
  }
}

function plain(text: string): string {
  return text.replace(/&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi, (_, name, decimal, hex) =>
    name !== undefined ? (ENTITIES[name] ?? "") : String.fromCodePoint(Number(decimal ?? Number.parseInt(hex, 16))),
  );
}
