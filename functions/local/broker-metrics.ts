// The broker's figures on /metrics, read off when somebody asks.

import type { Broker, BrokerStatus, TriggerStatus } from "../lib/broker/broker.ts";
import { readOff, type Telemetry } from "../lib/telemetry/metrics.ts";

const FIGURES: Readonly<Record<string, [help: string, read: (trigger: TriggerStatus) => number | undefined]>> = {
  wadi_trigger_lag: ["Events in the log that the trigger has not handled", ({ lag }) => lag],
  wadi_trigger_lag_seconds: [
    "Seconds for which the oldest event that the trigger has not handled has been in the log; absent where that is not known",
    ({ lagSeconds }) => lagSeconds,
  ],
  wadi_trigger_in_flight: ["Events under way", ({ inFlight }) => inFlight],
  wadi_trigger_handled: ["Events handled since the start", ({ handled }) => handled],
  wadi_trigger_retries: ["Deliveries tried again since the start", ({ retries }) => retries],
  wadi_trigger_dead_letters: ["Events given up since the start", ({ deadLetters }) => deadLetters],
};

export function watchBroker(broker: Broker, { registry }: Telemetry): void {
  let read: BrokerStatus | undefined;
  /** All figures of one answer are read off together: once, since Kafka's has every event under way looked at. */
  const status = (): BrokerStatus => {
    if (read === undefined) setImmediate(() => (read = undefined));
    read ??= broker.status();
    return read;
  };
  for (const [name, [help, read]] of Object.entries(FIGURES)) {
    const figures = () =>
      status().triggers.flatMap((one): [string, number][] => {
        const figure = read(one);
        return figure === undefined ? [] : [[one.name, figure]];
      });
    readOff(registry, name, help, "trigger", figures);
  }
  const events = (): [string, number][] => {
    const { received, unmatched = 0, deadLettersDropped = 0 } = status();
    return [
      ["received", received],
      ["unmatched", unmatched],
      ["dead_letters_dropped", deadLettersDropped],
    ];
  };
  const help =
    "Since the start: taken in from clients; of these, events that no trigger takes; dead letters dropped for younger ones";
  readOff(registry, "wadi_broker_events", help, "what", events);
}

/** 1 for what is away, by name: the store, the broker's log. */
export function watchMissing(missing: () => Promise<Readonly<Record<string, string>>>, { registry }: Telemetry): void {
  const figures = async () => Object.keys(await missing()).map((name): [string, number] => [name, 1]);
  readOff(registry, "wadi_missing", "What is away; /health/ready has the cure", "what", figures);
}
