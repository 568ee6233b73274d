// The page of settings: variables of functions and of the command line, and the values of the chart.

import { isScalar, parseDocument, visit } from "yaml";
import { code, type Json, MEMBERS, membersOf, page, read, table } from "./markdown.ts";

/** What is left to the command line, which its help describes, and to what starts a process. */
const BESIDE: readonly (readonly [name: string, what: string])[] = [
  ["WADI_REDIS", "as `--redis`, and hides a password"],
  ["WADI_KAFKA", "as `--kafka`"],
  [
    "WADI_ARCHIVE",
    "of `wadi start` and `wadi doctor`, as `--archive`; for `wadi archive` the place to work on where no Wadi runs",
  ],
  [
    "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL",
    "the store of `--archive s3://bucket/prefix` where it is not Amazon's, as `https://host:port`; the bucket is then named in the path",
  ],
  ["AWS_REGION, AWS_DEFAULT_REGION", "its region; `us-east-1` where an endpoint is named"],
  ["AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY", "the credentials for it"],
  ["AWS_SESSION_TOKEN", "with temporary ones"],
  ["WADI_STEPS", "of `wadi start` and `wadi doctor`, as `--steps`, and hides a password"],
  [
    "WADI_STEPS_HEADERS",
    "headers for each call of a step by URL: one `Name: value` a line, or `@` and a file with such lines; read at the start, never shown",
  ],
  ["WADI_URL", "where `wadi emit` and `wadi predict` send, as `--url`"],
  ["WADI_ADMIN_URL", "the admin API that a command asks, as `--url`"],
  ["WADI_ADMIN_TOKEN", "its token, as `--token`; for `wadi start` the token to use instead of a generated one"],
  ["WADI_VIEW_TOKEN", "of `wadi start`: a second token of the admin API, with which people may look and not act"],
  ["WADI_NODE_OPTIONS", "options of Node for the `wadi` command, instead of its own memory limits"],
  [
    "WADI_WHISK_AUTH",
    "when what `wadi package openwhisk` made is deployed: the secret that callers of the actions send",
  ],
  ["WADI_WHISK_CONCURRENCY", "for its `deploy.sh`: the events that a container takes at once (1)"],
  ["WADI_KAFKA_VERSION", "the Kafka that `make services` starts from jars"],
  ["NO_COLOR", "no colours"],
];

const CONFIG = "functions/lib/config.ts";

/** What the code of config.ts reads, by the names that stand there as text. */
function variablesRead(): readonly string[] {
  const source = read(CONFIG).replaceAll(/\/\*\*[\s\S]*?\*\//g, "");
  return [...new Set([...source.matchAll(/"([A-Z]+(?:_[A-Z]+)*)"/g)].map(([, name = ""]) => name))];
}

/**
 * `NAME (default): text` in the comments of config.ts, each a variable that the code there reads.
 * @throws Error where one is read and not told, or told and not read.
 */
export function variables(): readonly (readonly [name: string, fallback: string, what: string])[] {
  const comments = read(CONFIG)
    .replaceAll(/\n \*(?!\/) ?/g, " ")
    .matchAll(/\/\*\*\s*(.*?)\s*\*\//gs);
  const told = [...comments].flatMap(([, comment = ""]) => {
    const parts = comment.split("@throws")[0]?.split(/(?=\b[A-Z_]{4,} \()/) ?? [];
    return parts.flatMap((part): [string, string, string][] => {
      const [, name, fallback = "", what = ""] = /^([A-Z_]{4,}) \((.*?)\): (.*?)[ *]*$/.exec(part) ?? [];
      return name === undefined ? [] : [[name, fallback, what]];
    });
  });
  const names = new Set(told.map(([name]) => name));
  const inCode = variablesRead();
  // K_SINK stands in for WADI_BROKER, whose comment tells it.
  const untold = inCode.filter((name) => !names.has(name) && name !== "K_SINK");
  const unread = [...names].filter((name) => !inCode.includes(name));
  if (names.size === 0 || untold.length > 0 || unread.length > 0) {
    throw new Error(
      `${CONFIG}: each variable needs a comment "NAME (default): what it is"; it has ${names.size}; ` +
        `read and not told: ${untold.join(", ") || "none"}; told and not read: ${unread.join(", ") || "none"}`,
    );
  }
  return told;
}

function values(): readonly (readonly string[])[] {
  const document = parseDocument(read("helm/values.yaml"));
  const rows: (readonly string[])[] = [];
  visit(document, {
    Pair(_, pair, path) {
      const names = [...path, pair].flatMap((one) =>
        "key" in one && isScalar(one.key) ? [String(one.key.value)] : [],
      );
      if (names[0] === "steps" && names.length > 1) return visit.SKIP;
      const comment = isScalar(pair.key) ? (pair.key.commentBefore ?? "") : "";
      const value = document.getIn(names, false) as { toJSON?: () => unknown };
      const leaf = typeof value !== "object" || value === null || JSON.stringify(value).length < 40;
      if (leaf || comment !== "") {
        rows.push([code(names.join(".")), leaf ? code(JSON.stringify(value)) : "", comment.replace(/^ ?[\w.]+: /, "")]);
      }
      return leaf ? visit.SKIP : undefined;
    },
  });
  return rows;
}

export function settingsPage(): string {
  const schema = JSON.parse(read("helm/values.schema.json")) as { definitions: { step: Json } };
  return page(
    "Settings",
    "Read once, at the start. Empty is unset; a wrong value stops the start with the cure. `wadi start --help` has the options of one machine.",
    "## Environment variables of a function",
    table(
      ["variable", "default", "what it is"],
      variables().map(([name, ...rest]) => [code(name), ...rest]),
    ),
    "## Environment variables of the command line",
    table(
      ["variable", "what it is"],
      BESIDE.map(([name, what]) => [code(name), what]),
    ),
    "## Values of the chart",
    table(["value", "default", "what it is"], values()),
    "## `steps.<step>` of the values",
    table(MEMBERS, membersOf(schema.definitions.step)),
  );
}
