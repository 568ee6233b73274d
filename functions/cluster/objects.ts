// The fields that are read of Kubernetes' and Knative's objects, as in the API server's JSON. Any may be absent: a new object
// has no status yet.

export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  /** The time by which it must be gone; may lie in the future. */
  readonly deletionTimestamp?: string;
}

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

export interface PodSpec {
  readonly containers?: readonly {
    readonly name: string;
    readonly image?: string;
    readonly env?: readonly EnvVar[];
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  }[];
  readonly volumes?: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
}

/** Of Knative Serving. */
export interface KnativeService {
  readonly metadata: Meta;
  readonly spec: { readonly template: { readonly metadata?: Omit<Meta, "name">; readonly spec: PodSpec } };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly latestCreatedRevisionName?: string;
    readonly latestReadyRevisionName?: string;
    readonly traffic?: readonly { readonly revisionName?: string; readonly percent?: number }[];
  };
}

export interface Revision {
  readonly metadata: Meta;
  readonly spec: PodSpec;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Ended {
  readonly exitCode: number;
  readonly reason?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: Ended;
  };
  readonly lastState?: { readonly terminated?: Ended };
}

export interface Pod {
  readonly metadata: Meta;
  readonly spec?: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface Reference {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

export interface Trigger {
  readonly metadata: Meta;
  readonly spec: {
    readonly broker?: string;
    readonly filters?: unknown;
    readonly subscriber?: { readonly ref?: Reference };
    readonly delivery?: {
      readonly deadLetterSink?: { readonly ref?: Reference; readonly uri?: string };
      readonly [setting: string]: unknown;
    };
  };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface Broker {
  readonly metadata: Meta;
  readonly spec?: { readonly config?: Reference };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly address?: { readonly url?: string };
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface KafkaSink {
  readonly metadata: Meta;
  readonly spec: { readonly topic: string; readonly bootstrapServers?: readonly string[] };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface ConfigMap {
  readonly metadata: Meta;
  readonly data?: Readonly<Record<string, string>>;
}

/** Its values are base64. */
export type Secret = ConfigMap;

/** Of Kubernetes. */
export interface Service {
  readonly metadata: Meta;
  readonly spec?: {
    readonly type?: string;
    readonly externalName?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[];
  };
}

export interface List<T> {
  readonly items: readonly T[];
}

/** All that tells how Wadi is in its namespace. */
export interface ClusterObjects {
  readonly services: readonly KnativeService[];
  readonly revisions: readonly Revision[];
  readonly pods: readonly Pod[];
  readonly triggers: readonly Trigger[];
  readonly brokers: readonly Broker[];
  readonly sinks: readonly KafkaSink[];
  /** The pods of Knative's Kafka Broker; absent where the Broker is another, or they may not be looked at. */
  readonly dataPlane?: readonly Pod[];
}

export function conditionOf(
  object: { readonly status?: { readonly conditions?: readonly Condition[] } },
  type: string,
): Condition | undefined {
  return object.status?.conditions?.find((one) => one.type === type);
}
