// What Helm makes of the chart: that it is the topology that runs locally, with settings that the steps read, and that an API
// server takes it. Helm is found on the path, the API server by WADI_TEST_KUBECONFIG; what cannot be had is skipped and counted.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { readArchivePlace } from "./archive/place.ts";
import { readTopology } from "./lib/broker/topology.ts";
import { readArchiveConfig, readDashboardConfig, readStepConfig } from "./lib/config.ts";

const root = join(import.meta.dirname, "..");
const kubeconfig = process.env["WADI_TEST_KUBECONFIG"] ?? "";
const hasHelm = spawnSync("helm", ["version"]).status === 0;
const folder = mkdtempSync(join(tmpdir(), "wadi-chart-"));
const SETS = readdirSync(join(root, "helm/ci")).map((name) => join("helm/ci", name));

if (!hasHelm && kubeconfig !== "")
  throw new Error("WADI_TEST_KUBECONFIG is set, and helm is not on the path: install it");
if (!hasHelm) process.stderr.write("helm is not on the path: what it makes of the chart is not tested\n");
else if (kubeconfig === "")
  process.stderr.write("WADI_TEST_KUBECONFIG is not set: no API server is asked about the chart\n");

afterAll(() => rmSync(folder, { recursive: true }));

interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly [key: string]: unknown;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: whatever a manifest holds.
  readonly spec: any;
  readonly data?: Readonly<Record<string, string>>;
}

function run(command: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8", ...(input && { input }) });
  expect(status, stderr).toBe(0);
  return stdout;
}

const template = (...args: readonly string[]) => run("helm", ["template", "wadi", "helm", "-n", "wadi", ...args]);
const render = (...args: readonly string[]) =>
  parseAllDocuments(template(...args))
    .map((document) => document.toJS() as Rendered | null)
    .filter((one) => one !== null);
const of = (objects: readonly Rendered[], kind: string) => objects.filter((one) => one.kind === kind);
const functionsOf = (objects: readonly Rendered[]) =>
  objects.filter((one) => one.apiVersion === "serving.knative.dev/v1");
const container = (service: Rendered) => service.spec.template.spec.containers[0];
const environment = (service: Rendered): Record<string, string> =>
  Object.fromEntries(
    container(service).env.map(({ name, value }: { name: string; value?: string }) => [name, value ?? "redis://h"]),
  );

describe.skipIf(!hasHelm)("rendered", { tags: ["helm"] }, () => {
  test("the check compares the files with those that are deployed, as far as producers name their schemas", () => {
    // What Helm finds on a cluster, which is not asked here.
    const found = ["sum=a", "revision=9", "name=pipelines-9", "deployed=pipelines-8"].map(
      (one) => `foundPipelines.${one}`,
    );
    const check = (...args: readonly string[]) =>
      of(render("-s", "templates/check.yaml", ...args), "Job")[0]?.spec.template.spec;
    const deployed = ["--skip-schema-validation", "--set-string", found.join(",")];

    expect(check().containers[0].command).not.toContain("--against=/etc/wadi/deployed");
    expect(check(...deployed).containers[0].command).toEqual(
      expect.arrayContaining(["--against=/etc/wadi/deployed", "--named"]),
    );
    expect(check(...deployed).volumes).toContainEqual({ name: "deployed", configMap: { name: "pipelines-8" } });
    expect(check(...deployed, "--set", "check.producers=any").containers[0].command).not.toContain("--named");
    expect(check(...deployed, "--set-string", "check.producers=skip").volumes).toHaveLength(1);
  });

  test("each step's Trigger is what runs locally: filters, order and delivery, with a sink for dead letters", () => {
    const topology = readTopology(join(root, "helm/values.yaml"));

    const triggers = of(render(), "Trigger");

    expect(triggers.map(({ metadata }) => metadata.name).sort()).toEqual(topology.map(({ name }) => name).sort());
    for (const { name, filters, order, delivery } of topology) {
      const trigger = triggers.find(({ metadata }) => metadata.name === name) as Rendered;
      const { deadLetterSink, ...rest } = trigger.spec.delivery;
      expect(trigger.spec.filters).toEqual(filters);
      expect(rest).toEqual(delivery);
      expect(deadLetterSink.ref).toMatchObject({ kind: "KafkaSink", name: "dead-letters" });
      expect(trigger.metadata.annotations?.["kafka.eventing.knative.dev/delivery.order"]).toBe(order);
      expect(trigger.spec.subscriber.ref).toMatchObject({ kind: "Service", name });
    }
  });

  test("the steps read the settings they are given: retention and topics have theirs from one value", () => {
    const objects = render("--set", "retention.logHours=48,retention.deadLetterHours=96,pipelines.revision=1764090000");

    const topic = of(objects, "ConfigMap").find(({ metadata }) => metadata.name === "broker-kafka");
    expect(topic?.data?.["default.topic.config.retention.ms"]).toBe(String(48 * 3_600_000));
    for (const service of functionsOf(objects)) {
      const config = readStepConfig(environment(service));
      expect(config).toMatchObject({ retention: { logMs: 48 * 3_600_000, deadLetterMs: 96 * 3_600_000 } });
      expect(config).toMatchObject({ pipelineRevision: 1_764_090_000, pipelinesFolder: "/etc/wadi/pipelines" });
      expect(config.store.kind).toBe(service.metadata.name === "validate" ? "sqlite" : "redis");
      expect(config.drainMs).toBeLessThan(service.spec.template.spec.timeoutSeconds * 1000);
    }
  });

  test("numbers of a values file are written out in Kafka's settings and in a step's environment, never as 1.07e+09", () => {
    const file = join(folder, "numbers.yaml");
    const numbers = { "segment.bytes": 1_073_741_824, "retention.bytes": 9_007_199_254_740_991, "flush.ms": -1 };
    const others = { "min.cleanable.dirty.ratio": 0.5, "unclean.leader.election.enable": false, text: "1e9" };
    const values = {
      kafka: { topicConfig: { ...numbers, ...others } },
      steps: { learn: { env: { WADI_QUEUE_BOUND: 12_345_678, RATIO: 1_234_567.25, ON: true } } },
    };
    writeFileSync(file, JSON.stringify(values));

    const objects = render("--values", file);

    const topic = of(objects, "ConfigMap").find(({ metadata }) => metadata.name === "broker-kafka")?.data ?? {};
    for (const [name, value] of Object.entries(values.kafka.topicConfig)) {
      expect(topic[`default.topic.config.${name}`]).toBe(String(value));
    }
    const learn = functionsOf(objects).find(({ metadata }) => metadata.name === "learn") as Rendered;
    expect(environment(learn)).toMatchObject({ WADI_QUEUE_BOUND: "12345678", RATIO: "1234567.25", ON: "true" });
  });

  test("no number of the values, however large, is rendered with an exponent anywhere in the chart", () => {
    const file = join(folder, "large.yaml");
    const large = parse(readFileSync(join(root, "helm/values.yaml"), "utf8"), (_key, value) =>
      typeof value === "number" ? 12_345_678 : value,
    );
    writeFileSync(file, JSON.stringify({ ...large, pipelines: { files: {}, revision: 12_345_678 } }));

    const text = template("--skip-schema-validation", "--values", file, "--set", "keda.enabled=true");

    expect(text.match(/12345678/g)?.length).toBeGreaterThan(30);
    expect(text).not.toMatch(/\de\+\d/);
  });

  test("of the steps predict alone knows the Broker, to post what it was asked with an id; and the dashboard does", () => {
    const knowing = functionsOf(render()).filter((service) => environment(service)["WADI_BROKER"] !== undefined);

    expect(knowing.map(({ metadata }) => metadata.name).sort()).toEqual(["dashboard", "predict"]);
    for (const service of knowing) {
      expect(environment(service)["WADI_BROKER"]).toBe(
        "http://kafka-broker-ingress.knative-eventing.svc.cluster.local/wadi/default",
      );
    }
  });

  test("what keeps a start from zero quick and an end clean: no period of readiness, time to drain, nothing it may do", () => {
    for (const service of functionsOf(render())) {
      const { readinessProbe, securityContext, command } = container(service);
      expect(readinessProbe.periodSeconds).toBeUndefined();
      expect(service.spec.template.spec.timeoutSeconds).toBeGreaterThanOrEqual(60);
      expect(securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
      });
      expect(command).toEqual(["node", `dist/${service.metadata.name}/start.js`]);
    }
  });

  test("the pipeline files are the chart's, word for word, and other files are other revisions", () => {
    const files = readdirSync(join(root, "helm/pipelines"));
    const pipelines = (objects: readonly Rendered[]) =>
      of(objects, "ConfigMap").find(({ metadata }) => metadata.name.startsWith("pipelines-")) as Rendered;
    const sum = (objects: readonly Rendered[]) =>
      (functionsOf(objects)[0] as Rendered).spec.template.metadata.annotations["wadi.dev/pipelines"];

    const [own, other] = [render(), render("--values", "helm/ci/ordered.yaml")];

    expect(pipelines(own).data).toEqual(
      Object.fromEntries(files.map((file) => [file, readFileSync(join(root, "helm/pipelines", file), "utf8")])),
    );
    expect(pipelines(other).metadata.name).toBe("pipelines-7");
    expect(sum(own)).toBe(sum(render()));
    expect(sum(own)).not.toBe(sum(other));
  });

  test("a learner whose order counts has it in its Trigger and, for the key, in featurize", () => {
    const objects = render("--values", "helm/ci/ordered.yaml");

    const trigger = of(objects, "Trigger").find(({ metadata }) => metadata.name === "learn");
    const featurize = functionsOf(objects).find(({ metadata }) => metadata.name === "featurize") as Rendered;
    expect(trigger?.metadata.annotations).toMatchObject({
      "kafka.eventing.knative.dev/delivery.order": "ordered",
      "autoscaling.eventing.knative.dev/class": "keda.autoscaling.knative.dev",
    });
    expect(environment(featurize)["WADI_LEARN_ORDER"]).toBe("ordered");
  });

  test("validate wakes featurize and predict by their addresses in the cluster, which its policy lets it reach; with an empty list none", () => {
    const [objects, alone] = [render(), render("--set-json", "steps.validate.wakes=[]")];
    const wakes = (all: readonly Rendered[]) =>
      functionsOf(all).flatMap((service) =>
        readStepConfig(environment(service)).wakes.map((url) => [service.metadata.name, url]),
      );
    const egress = (all: readonly Rendered[]) =>
      of(all, "NetworkPolicy").find(({ metadata }) => metadata.name === "validate")?.spec.egress;

    expect(wakes(objects)).toEqual([
      ["validate", "http://featurize.wadi.svc.cluster.local/health/live"],
      ["validate", "http://predict.wadi.svc.cluster.local/health/live"],
    ]);
    expect(JSON.stringify(egress(objects))).toContain("kourier-system");
    expect([wakes(alone), egress(alone)]).toEqual([[], undefined]);
  });

  test("a Trigger changes only with what it says itself: not with image, pipelines, scale or a step's settings", () => {
    const elsewhere = {
      image: { repository: "registry.example.com/wadi", tag: "2", pullSecrets: ["login"] },
      pipelines: { revision: 8, files: { line: readFileSync(join(root, "helm/pipelines/line.yaml"), "utf8") } },
      retention: { logHours: 24, deadLetterHours: 48 },
      store: { url: "redis://other:6379" },
      logLevel: "debug",
      steps: Object.fromEntries(
        ["validate", "featurize", "predict", "learn"].map((name) => [
          name,
          { scale: { min: 1, max: 9, target: 7, window: "1m" }, env: { A: 1 }, public: true, concurrency: 8 },
        ]),
      ),
    };
    const file = join(folder, "elsewhere.yaml");
    writeFileSync(file, JSON.stringify(elsewhere));
    const triggers = (...args: readonly string[]) =>
      template("--show-only", "templates/triggers.yaml", "--set", "pipelines.revision=7", ...args);

    const [before, again] = [triggers(), triggers()];
    const after = template("--show-only", "templates/triggers.yaml", "--is-upgrade", "--values", file);

    expect(before.match(/^kind: Trigger$/gm)?.length).toBe(4);
    expect(again).toBe(before);
    expect(after).toBe(before);
    expect(triggers("--set", "steps.learn.delivery.retry=3")).not.toBe(before);
  });

  describe("the archive", () => {
    const archive = (objects: readonly Rendered[], kind: string) =>
      of(objects, kind).find(({ metadata }) => metadata.name === "archive") as Rendered;
    const variables = (workload: Rendered): Record<string, string> =>
      Object.fromEntries(
        container(workload).env.map(({ name, value, valueFrom: from }: Rendered["spec"]) => [
          name,
          value ?? `${from.secretKeyRef.name}/${from.secretKeyRef.key}`,
        ]),
      );
    const dashboard = (objects: readonly Rendered[]) =>
      functionsOf(objects).find(({ metadata }) => metadata.name === "dashboard") as Rendered;

    test("is not there unless it is wanted", () => {
      expect(template()).not.toMatch(/name: archive$|WADI_ARCHIVE/m);
    });

    test("in S3 reads the settings it is given, as one pod that may do nothing; the dashboard reads the same place", () => {
      const objects = render("--values", "helm/ci/archive-in-s3.yaml");

      const deployment = archive(objects, "Deployment");
      const env = variables(deployment);
      const { kafka, everyMs, location } = readArchiveConfig(env);
      expect(kafka).toMatchObject({
        brokers: ["kafka.kafka.svc.cluster.local:9092"],
        namespace: "wadi",
        broker: "default",
      });
      expect(everyMs).toBe(60_000);
      expect(readArchivePlace(location, env)).toMatchObject({
        s3: {
          ...{ where: "s3://events/wadi", url: "https://store.example.com:9000/events" },
          credentials: { accessKeyId: "archive-credentials/AWS_ACCESS_KEY_ID" },
        },
      });
      const { replicas, strategy, template } = deployment.spec;
      expect({ replicas, strategy }).toEqual({ replicas: 1, strategy: { type: "Recreate" } });
      expect(template.spec).toMatchObject({ serviceAccountName: "functions", automountServiceAccountToken: false });
      expect(container(deployment)).toMatchObject({
        command: ["node", "dist/archive/start.js"],
        securityContext: { readOnlyRootFilesystem: true, runAsNonRoot: true, allowPrivilegeEscalation: false },
        readinessProbe: { httpGet: { path: "/health/live" } },
      });
      const shown = variables(dashboard(objects));
      expect(readDashboardConfig(shown)).toMatchObject({
        archiveUrl: "http://archive.wadi.svc.cluster.local",
        archive: "s3://events/wadi",
      });
      expect(shown).toMatchObject({ AWS_SECRET_ACCESS_KEY: "archive-credentials/AWS_SECRET_ACCESS_KEY" });
    });

    test("is reached by the dashboard alone, and reaches Kafka and the store", () => {
      const { ingress, egress, podSelector } = archive(
        render("--values", "helm/ci/archive-in-s3.yaml"),
        "NetworkPolicy",
      ).spec;

      expect(podSelector.matchLabels["app.kubernetes.io/component"]).toBe("archive");
      expect(ingress[0].from[0].podSelector.matchLabels["app.kubernetes.io/component"]).toBe("dashboard");
      expect(egress.map(({ ports }: Rendered["spec"]) => ports[0].port)).toEqual([9092, 9000]);
    });

    test("on a volume is a folder of it, which the dashboard mounts only where all nodes may; a login of Kafka's is mounted", () => {
      const [shared, own] = [[], ["--set", "archive.shared=false"]].map((more) =>
        render("--values", "helm/ci/archive-on-a-volume.yaml", ...more),
      ) as [Rendered[], Rendered[]];

      const { volumes, securityContext } = archive(shared, "Deployment").spec.template.spec;
      expect(volumes).toContainEqual({ name: "archive", persistentVolumeClaim: { claimName: "archive" } });
      expect(securityContext.fsGroup).toBe(1000);
      expect(variables(archive(shared, "Deployment"))).toMatchObject({
        WADI_ARCHIVE: "/var/lib/wadi/archive/events",
        WADI_KAFKA_LOGIN: "/etc/wadi/kafka",
      });
      const claims = (objects: readonly Rendered[]) =>
        JSON.stringify(dashboard(objects)).match(/"readOnly":true,"claimName"|"claimName":"archive","readOnly":true/g);
      expect([claims(shared)?.length, claims(own)]).toEqual([1, null]);
      expect(variables(dashboard(own))["WADI_ARCHIVE"]).toBeUndefined();
      expect(variables(dashboard(own))["WADI_ARCHIVE_URL"]).toBeDefined();
    });
  });

  test("without Kafka dead letters become Jobs, and only what always runs has a budget", () => {
    const without = render("--values", "helm/ci/without-kafka.yaml");
    const warm = render("--values", "helm/ci/always-warm.yaml");

    expect(of(without, "KafkaSink")).toEqual([]);
    for (const { spec } of of(without, "Trigger")) expect(spec.delivery.deadLetterSink.ref.kind).toBe("JobSink");
    expect(of(without, "PodDisruptionBudget")).toEqual([]);
    expect(of(warm, "PodDisruptionBudget").map(({ metadata }) => metadata.name)).toEqual(["predict"]);
  });

  test.each([
    ["kafka.topicConfig.segment\\.bytes=9223372036854775807", /segment\.bytes.*write it in quotes/],
    ["kafka.topicConfig.retention\\.ms=1", /retention\.logHours/],
    ["pod.nodeSelector.pool=7", /nodeSelector/],
    ["image.tag=latest", /tag/],
    ["steps.learn.scale.maximum=3", /maximum/],
    ["broker.class=kafka", /broker/],
    ["pipelines.revision=0", /revision/],
    ["steps.validate.wakes={forecast}", /steps\.validate\.wakes names forecast, which is no step/],
    [
      "archive.location=s3://buc/b,broker.class=MTChannelBasedBroker",
      /archive\.location: .*MTChannelBasedBroker has none: set broker\.class to Kafka/,
    ],
    ["archive.location=s3://buc/b,archive.s3.region=eu-west-1", /archive\.s3\.secret.*AWS_ACCESS_KEY_ID/],
    ["archive.location=s3://buc/b,archive.s3.secret=a", /archive\.s3\.region/],
    ["archive.location=events", /archive\.claim/],
    [
      "archive.location=s3://buc/b,archive.s3.secret=a,archive.s3.region=r,archive.claim=c",
      /archive\.claim is for a folder/,
    ],
    ["archive.location=/events,archive.claim=c", /location/],
  ])("%s is refused", (value, message) => {
    const { status, stderr } = spawnSync("helm", ["template", "wadi", "helm", "--set", value], {
      cwd: root,
      encoding: "utf8",
    });

    expect(status).not.toBe(0);
    expect(stderr).toMatch(message);
  });

  test.each(SETS)("%s is sound", (values) => {
    run("helm", ["lint", "helm", "--strict", "--quiet", "--values", values]);

    const steps = functionsOf(render("--values", values)).filter(({ metadata }) => metadata.name !== "dashboard");
    expect(steps.length).toBe(4);
  });
});

describe.skipIf(kubeconfig === "")("an API server with Knative's CRDs", { tags: ["kubernetes"] }, () => {
  const namespace = `wadi-chart-${process.pid}-${Date.now()}`;
  const kubectl = (...args: readonly string[]) => ["--kubeconfig", kubeconfig, "-n", namespace, ...args];

  beforeAll(() => {
    run("kubectl", ["--kubeconfig", kubeconfig, "create", "namespace", namespace]);
    // A pod wants one; where no controllers run nobody else makes it.
    const account = `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default","namespace":"${namespace}"}}`;
    run("kubectl", kubectl("apply", "--server-side", "--force-conflicts", "-f", "-"), account);
  });
  afterAll(() => {
    run("kubectl", ["--kubeconfig", kubeconfig, "delete", "namespace", namespace, "--wait=false"]);
  });

  // As a dry run, which is checked like any other and leaves nothing: on a whole cluster pods would start.
  test.each(["helm/values.yaml", ...SETS])("takes all of the chart, server-side and strictly: %s", (values) => {
    const file = join(folder, basename(values));
    writeFileSync(file, run("helm", ["template", "wadi", "helm", "-n", namespace, "--values", values]));

    const taken = run(
      "kubectl",
      kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", file),
    );

    expect(taken.match(/serverside-applied/g)?.length).toBeGreaterThan(10);
  });

  describe("where the chart is installed", () => {
    const eventing = ["broker", "triggers", "dead-letters"].flatMap((name) => [
      "--show-only",
      `templates/${name}.yaml`,
    ]);
    const rendered = (...args: readonly string[]) => ["template", "wadi", "helm", "-n", namespace, ...args];
    const install = (...args: readonly string[]) => {
      const manifest = run("helm", rendered(...eventing, ...args));
      run("kubectl", kubectl("apply", "--server-side", "--validate=strict", "-f", "-"), manifest);
    };
    /** What a controller acts on: all but what it writes itself. */
    const installed = () => {
      const { items } = JSON.parse(run("kubectl", kubectl("get", "broker,trigger,kafkasink", "-o", "json")));
      return JSON.stringify(
        items.map(({ kind, metadata: { name, generation, labels }, spec }: Rendered) => ({
          kind,
          name,
          generation,
          labels,
          spec,
        })),
      );
    };

    /** Rendered with what the cluster holds. */
    const taken = (...args: readonly string[]) =>
      spawnSync("helm", ["--kubeconfig", kubeconfig, ...rendered("--dry-run=server", "--is-upgrade", ...args)], {
        cwd: root,
        encoding: "utf8",
      });

    beforeAll(() => install("--set", "pipelines.revision=7"));

    test("another image and other pipelines leave Broker, Triggers and KafkaSink as they are, to the generation", () => {
      const before = installed();

      expect(taken("--set", "deadLetters.partitions=1,image.tag=v2").stderr).toBe("");
      install("--set", "image.tag=v2,pipelines.revision=8,logLevel=debug,steps.learn.scale.max=9");

      expect(before).toContain('"generation":1');
      expect(installed()).toBe(before);
    });

    test.each([
      [
        "deadLetters.partitions=3",
        /deadLetters\.partitions is 1 .* to 3: .*kafka-topics\.sh --alter .*--partitions 3.*delete kafkasink/,
      ],
      [
        "deadLetters.replicationFactor=3",
        /deadLetters\.replicationFactor is 1 .* to 3: .*delete kafkasink dead-letters/,
      ],
      ["deadLetters.topic=letters", /deadLetters\.topic is wadi-chart-.*-dead-letters .* to letters: .*wadi dlq/],
      ["broker.class=MTChannelBasedBroker", /broker\.class is Kafka .* to MTChannelBasedBroker: .*uninstall/],
      ["broker.config.name=other", /broker\.config is broker-kafka .* to other: .*uninstall/],
      ["broker.name=other", /broker\.name is default .* to other: .*uninstall/],
    ])("%s, which Knative would refuse half-way, is refused before, with the way to do it", (value, message) => {
      const { status, stderr } = taken("--set", value);

      expect(status).not.toBe(0);
      expect(stderr).toMatch(message);
    });
  });

  test.each(["100-kafka.yaml", "200-redis.yaml", "300-kourier-nodeport.yaml", "400-broker-nodeport.yaml"])(
    "would take k8s/%s",
    (name) => {
      // A node port may be taken where Wadi runs already.
      const manifest = readFileSync(join(root, "k8s", name), "utf8").replace(/, nodePort: \d+/, "");
      const text = manifest.replaceAll(/\$\{\w+\}/g, "image:1");
      // What it is for is not there: the namespace of each is this one's.
      const file = join(folder, name);
      writeFileSync(file, text.replaceAll(/namespace: [a-z-]+/g, `namespace: ${namespace}`));

      const taken = run(
        "kubectl",
        kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", file),
      );

      expect(taken).toMatch(/serverside-applied/);
    },
  );
});
