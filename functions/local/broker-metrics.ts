// The broker's figures on /metrics, read off when somebody asks.

import { readOff, type Telemetry } from "../lib/telemetry/metrics.ts";
import type { Broker, TriggerStatus } from "./broker/broker.ts";

const FIGURES: Readonly<Record<string, [help: string, read: (trigger: TriggerStatus) => number]>> = {
  wadi_trigger_lag: ["Events in the log that the trigger has not handled", ({ lag }) => lag],
  wadi_trigger_in_flight: ["Events under way", ({ inFlight }) => inFlight],
  wadi_trigger_handled: ["Events handled since the start", ({ handled }) => handled],
  wadi_trigger_retries: ["Deliveries tried again since the start", ({ retries }) => retries],
  wadi_trigger_dead_letters: ["Events given up since the start", ({ deadLetters }) => deadLetters],
};

export function watchBroker(broker: Broker, { registry }: Telemetry): void {
  for (const [name, [help, read]] of Object.entries(FIGURES)) {
    const figures = () => broker.status().triggers.map((one): [string, number] => [one.name, read(one)]);
    readOff(registry, name, help, "trigger", figures);
  }
}
