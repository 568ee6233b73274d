import { describe, expect, test } from "vitest";
import { type Env, readAllowedHosts, readStepConfig, type StepConfig } from "./config.ts";
import { ConfigurationError } from "./errors.ts";
import { joinWindowMs, learnedWindowMs } from "./retention.ts";
import { parseRedisAddress, type RedisAddress } from "./store/redis/address.ts";
import { DEFAULT_SNAPSHOTS } from "./store/snapshots.ts";

const HOUR = 3_600_000;

function refusal(env: Env): string {
  try {
    readStepConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error("it was taken");
}

const DEFAULTS: StepConfig = {
  port: 8080,
  host: "0.0.0.0",
  pipelinesFolder: "helm/pipelines",
  store: { kind: "sqlite", path: ".wadi/store.db" },
  logLevel: "info",
  queueBound: 256,
  drainMs: 50_000,
  retention: {},
  snapshots: DEFAULT_SNAPSHOTS,
  broker: undefined,
  maxStalenessMs: 300_000,
  maxStateBytes: 16_777_216,
  learnOrder: "unordered",
  wakes: [],
  pipelineRevision: undefined,
};
const NAMES = [
  "PORT",
  "HOST",
  "WADI_PIPELINES",
  "WADI_STORE",
  "WADI_LOG_LEVEL",
  "WADI_QUEUE_BOUND",
  "WADI_DRAIN_SECONDS",
  "WADI_LOG_RETENTION_HOURS",
  "WADI_DEAD_LETTER_RETENTION_HOURS",
  "WADI_SNAPSHOT_EVERY",
  "WADI_SNAPSHOTS",
  "WADI_BROKER",
  "K_SINK",
  "WADI_MAX_STALENESS_SECONDS",
  "WADI_MAX_STATE_BYTES",
  "WADI_LEARN_ORDER",
  "WADI_WAKES",
  "WADI_PIPELINE_REVISION",
];

test("nothing needs to be set", () => {
  expect(readStepConfig({})).toEqual(DEFAULTS);
});

test.each(NAMES)("%s that is empty or blank counts as unset", (name) => {
  expect(readStepConfig({ [name]: "" })).toEqual(DEFAULTS);
  expect(readStepConfig({ [name]: "  " })).toEqual(DEFAULTS);
});

test.each<[string, string, Partial<StepConfig>]>([
  ["PORT", "0", { port: 0 }],
  ["WADI_MAX_STALENESS_SECONDS", "0", { maxStalenessMs: 0 }],
  ["WADI_MAX_STALENESS_SECONDS", "60", { maxStalenessMs: 60_000 }],
  ["WADI_MAX_STATE_BYTES", "65536", { maxStateBytes: 65_536 }],
  ["WADI_LEARN_ORDER", "ordered", { learnOrder: "ordered" }],
  ["HOST", "::1", { host: "::1" }],
  ["WADI_PIPELINES", "/etc/wadi", { pipelinesFolder: "/etc/wadi" }],
  ["WADI_STORE", "sqlite:/data/a b.db", { store: { kind: "sqlite", path: "/data/a b.db" } }],
  ["WADI_STORE", "redis://cache:7000/2", { store: parseRedisAddress("redis://cache:7000/2") as RedisAddress }],
  ["WADI_LOG_LEVEL", "debug", { logLevel: "debug" }],
  ["WADI_QUEUE_BOUND", " 64 ", { queueBound: 64 }],
  ["WADI_DRAIN_SECONDS", "20", { drainMs: 20_000 }],
  ["WADI_LOG_RETENTION_HOURS", "24", { retention: { logMs: 24 * HOUR } }],
  ["WADI_DEAD_LETTER_RETENTION_HOURS", "48", { retention: { deadLetterMs: 48 * HOUR } }],
  ["WADI_SNAPSHOT_EVERY", "0", { snapshots: { ...DEFAULT_SNAPSHOTS, every: 0 } }],
  ["WADI_SNAPSHOTS", "3", { snapshots: { ...DEFAULT_SNAPSHOTS, keep: 3 } }],
  ["WADI_BROKER", "http://broker/a/b", { broker: "http://broker/a/b" }],
  ["K_SINK", "https://broker", { broker: "https://broker" }],
  ["WADI_WAKES", "http://a/live, http://b/live", { wakes: ["http://a/live", "http://b/live"] }],
  ["WADI_PIPELINE_REVISION", "1764090000", { pipelineRevision: 1_764_090_000 }],
])("%s=%s is taken, and nothing else changes", (name, value, part) => {
  expect(readStepConfig({ [name]: value })).toEqual({ ...DEFAULTS, ...part });
});

test.each([
  ["PORT", "http", "whole number from 0 to 65535"],
  ["WADI_SNAPSHOTS", "1001", "whole number from 0 to 1000"],
  ["PORT", "65536", "whole number from 0 to 65535"],
  ["PORT", "-1", "whole number"],
  ["PORT", "80.5", "whole number"],
  ["PORT", "1e3", "whole number"],
  ["WADI_MAX_STATE_BYTES", "16MB", "from 65536 to 268435456"],
  ["WADI_QUEUE_BOUND", "0", "from 1 to 100000"],
  ["WADI_DRAIN_SECONDS", "1m", "from 1 to 3600"],
  ["WADI_LOG_RETENTION_HOURS", "7d", "from 1 to 87600"],
  ["WADI_DEAD_LETTER_RETENTION_HOURS", "0", "from 1 to 87600"],
  ["WADI_LOG_LEVEL", "verbose", "debug, info, warn, error, silent"],
  ["WADI_BROKER", "broker:8080", "set an http address"],
  ["K_SINK", "/broker", "set an http address"],
  ["WADI_WAKES", "predict", "set an http address"],
  ["WADI_PIPELINE_REVISION", "0", "whole number from 1"],
  ["WADI_STORE", "sqlite:", "sqlite:<file>"],
  ["WADI_STORE", "store.db", "sqlite:<file>"],
  ["WADI_STORE", "redis://", "redis+cluster://host:port,host:port"],
])("%s=%s is refused, with the name, the value and the cure", (name, value, cure) => {
  const message = refusal({ [name]: value });

  expect(message).toContain(name);
  expect(message).toContain(JSON.stringify(value));
  expect(message).toContain(cure);
});

test("a password in the address of a store does not reach the message, which is logged", () => {
  for (const login of ["wadi:hunter2", "wadi:hunt/er2", "wadi:hunt@er2"]) {
    const message = refusal({ WADI_STORE: `mysql://${login}@db:3306/wadi` });

    expect(message).not.toMatch(/hunt|er2|wadi:/);
    expect(message).toContain("db:3306");
  }
});

test("a broker that was named is taken before the one that a SinkBinding set", () => {
  expect(readStepConfig({ K_SINK: "http://sink/", WADI_BROKER: "http://named/" }).broker).toBe("http://named/");
});

test("hosts that may ask are names without a port, or any", () => {
  const read = (names: string) => readAllowedHosts({ WADI_ALLOWED_HOSTS: names });

  expect([read(""), read(" wadi.example.org, ,Proxy "), read("*")]).toEqual([[], ["wadi.example.org", "Proxy"], ["*"]]);
  for (const odd of ["http://a", "a/b", "a:80", "*.example.org/", "a b"]) {
    expect(() => read(odd)).toThrow(/WADI_ALLOWED_HOSTS.*wadi\.example\.org/);
  }
});

describe("the windows", () => {
  const retention = { logMs: 7 * 24 * HOUR, deadLetterMs: 14 * 24 * HOUR };

  test("a learned id is kept for the horizon, the log, the dead letters and a day", () => {
    expect(learnedWindowMs(48 * HOUR, retention)).toBe((2 + 7 + 14 + 1) * 24 * HOUR);
  });

  test("a join record lives for the horizon and as long as the log delivers again", () => {
    expect(joinWindowMs(48 * HOUR, retention)).toBe((2 + 7) * 24 * HOUR);
  });
});
