// The metrics of a process as /metrics tells them. prom-client writes them, and is loaded by the first who asks: it brings a tenth
// of Node with it, and most functions sleep again before anybody does.

import type { PrometheusContentType, Registry as TextRegistry } from "prom-client";
import type { Metric } from "./instruments.ts";

export class Registry {
  readonly contentType: PrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";
  readonly #metrics: Metric[] = [];
  readonly #ofProcess: boolean;
  #text: Promise<TextRegistry> | undefined;

  /** @param ofProcess Node's own figures too: memory, the loop's lag, and garbage collection from the first question on. */
  constructor(ofProcess: boolean) {
    this.#ofProcess = ofProcess;
  }

  /** Of a name that none has. */
  add<M extends Metric>(metric: M): M {
    this.#metrics.push(metric);
    return metric;
  }

  get(name: string): Metric | undefined {
    return this.#metrics.find((metric) => metric.name === name);
  }

  all(): readonly Metric[] {
    return this.#metrics;
  }

  /** In Prometheus's text format. */
  async metrics(): Promise<string> {
    this.#text ??= this.#load().catch((error: unknown) => {
      // Such as too many open files. The next question tries again.
      this.#text = undefined;
      throw error;
    });
    const text = await this.#text;
    for (const metric of this.#metrics) {
      // Its type names prom-client's own classes; what it calls is `get`.
      if (text.getSingleMetric(metric.name) === undefined) text.registerMetric(metric as never);
    }
    return text.metrics();
  }

  async #load(): Promise<TextRegistry> {
    // It is CommonJS: in a bundle only the default has its names.
    const { collectDefaultMetrics, Registry } = (await import("prom-client")).default;
    const text = new Registry();
    if (this.#ofProcess) collectDefaultMetrics({ register: text });
    return text;
  }
}
