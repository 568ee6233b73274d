import { expect, test } from "vitest";
import { pageOf } from "./list.ts";
import { readS3Place } from "./place.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "a-key", AWS_SECRET_ACCESS_KEY: "a-secret" };

test("a bucket is asked at Amazon's in its region, and at an endpoint of one's own by its path", () => {
  const at = (address: string, env: Record<string, string>) => {
    const { where, url, prefix, region } = readS3Place(address, { ...KEYS, ...env });
    return [where, url, prefix, region];
  };

  expect(at("s3://events/an/archive/", { AWS_REGION: "eu-central-1" })).toEqual([
    "s3://events/an/archive",
    "https://events.s3.eu-central-1.amazonaws.com",
    "an/archive/",
    "eu-central-1",
  ]);
  expect(at("s3://my.events", { AWS_DEFAULT_REGION: "cn-north-1" })).toEqual([
    "s3://my.events",
    "https://s3.cn-north-1.amazonaws.com.cn/my.events",
    "",
    "cn-north-1",
  ]);
  const own = { AWS_ENDPOINT_URL: "http://other", AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9000/s3/" };
  expect(at("s3://events/a", own)[1]).toBe("http://127.0.0.1:9000/s3/events");
  expect(
    readS3Place("s3://events", { ...KEYS, AWS_REGION: "x", AWS_SESSION_TOKEN: "t" }).credentials.sessionToken,
  ).toBe("t");
});

test.each([
  ["s3://", {}, /names no bucket.*write s3:\/\/bucket\/prefix/],
  ["s3://key:a-secret@bucket/a", {}, /holds credentials, which belong into AWS_ACCESS_KEY_ID/],
  ["s3://bucket/a//b", {}, /prefix of other characters/],
  ["s3://bucket/a/../b", {}, /prefix of other characters/],
  ["s3://bucket/a?x=1", {}, /prefix of other characters/],
  ["s3://bucket", { AWS_REGION: "" }, /needs a region: set AWS_REGION/],
  ["s3://bucket", { AWS_REGION: "a/b" }, /AWS_REGION is no region/],
  ["s3://bucket", { AWS_ACCESS_KEY_ID: " " }, /AWS_ACCESS_KEY_ID is not set: set /],
  ["s3://bucket", { AWS_SECRET_ACCESS_KEY: "" }, /AWS_SECRET_ACCESS_KEY is not set: set /],
  ["s3://bucket", { AWS_SECRET_ACCESS_KEY: "a-secret\nof two lines" }, /AWS_SECRET_ACCESS_KEY has a character/],
  ["s3://bucket", { AWS_ENDPOINT_URL: "ftp://a" }, /AWS_ENDPOINT_URL_S3 .* is no address/],
  ["s3://bucket", { AWS_ENDPOINT_URL: "http://me:a-secret@host" }, /without credentials/],
])("%s with %j is refused with the cure, and no secret is shown", (address, env, cure) => {
  const read = () => readS3Place(address, { ...KEYS, AWS_REGION: "eu-west-1", ...env });

  expect(read).toThrow(cure);
  expect(read).not.toThrow(/a-secret/);
});

test("a page of a list is read with and without codes of its own; what is none is an error", () => {
  const page = (inside: string) =>
    pageOf(Buffer.from(`<?xml version="1.0"?><ListBucketResult>${inside}</ListBucketResult>`), "s3://b");

  expect(page("<Contents><Key>a&amp;b%20+&#252;</Key></Contents>")).toEqual({ keys: ["a&b%20+ü"], next: undefined });
  expect(
    page(
      "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>n&amp;1</NextContinuationToken><Key>a%26b+c%2Bd</Key>",
    ),
  ).toEqual({ keys: ["a&b c+d"], next: "n&1" });
  expect(() => page("<IsTruncated>true</IsTruncated>")).toThrow(/a list that is none/);
  expect(() => pageOf(Buffer.from("<html>"), "s3://b")).toThrow(/a list that is none/);
});
