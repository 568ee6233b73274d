import { expect, test } from "vitest";
import { valuesOf } from "./release.ts";

const FILES = { flights: "name: flights" };

test("the values are those of the deployed release, but for what must be of the run alone", () => {
  const deployed = {
    image: { repository: "registry.example.com/wadi", tag: "v7" },
    broker: { class: "Kafka", url: "http://broker.example.com/wadi/default" },
    kafka: { bootstrapServers: "kafka:9092", secret: "kafka" },
    pipelines: { revision: 41, files: { taxi: "name: taxi" } },
    store: { url: "redis://redis:6379", caSecret: { name: "redis-ca" } },
    deadLetters: { partitions: 3, topic: "letters" },
    dashboard: { min: 1, tokenSecret: "of-its-own" },
    steps: { predict: { public: true }, learn: { order: "ordered", scale: { max: 9, target: 64 } } },
  };

  const values = valuesOf(deployed, FILES, "wadi-e2e", "run-1");

  expect(values).toEqual({
    image: deployed.image,
    broker: { class: "Kafka", name: "run-1", url: "http://broker.example.com/wadi-e2e/run-1" },
    kafka: deployed.kafka,
    pipelines: { revision: "auto", files: FILES },
    store: { url: "redis://redis:6379", caSecret: { name: "redis-ca" }, secret: { name: "e2e-store", key: "url" } },
    dashboard: { min: 1, tokenSecret: "" },
    deadLetters: { partitions: 3, sink: {}, topic: "wadi-e2e-run-1-dead-letters" },
    steps: { predict: { public: true }, learn: { order: "ordered", scale: { max: 9, target: 12 } } },
  });
});

test("a release without values of its own is taken as the chart has it", () => {
  const values = valuesOf({}, FILES, "wadi-e2e", "run-1");

  expect(values["broker"]).toEqual({ name: "run-1", url: "" });
  expect(values["steps"]).toEqual({ learn: { scale: { target: 12 } } });
});
