// The addresses of a Redis and of a Kafka, as options and environment give them.

import { loginCure } from "../../lib/address-login.ts";
import { KAFKA_EXAMPLE, type KafkaAddress, parseKafkaAddress } from "../../lib/broker/kafka/address.ts";
import { UsageError } from "../../lib/failure.ts";
import { parseRedisAddress, REDIS_EXAMPLE, type RedisAddress } from "../../lib/store/redis/address.ts";

/** The address itself is not shown: it may hold a password. @throws UsageError. */
export function redisAddress(text: string): RedisAddress {
  const address = parseRedisAddress(text.trim());
  if (address === undefined)
    throw new UsageError(`--redis (or WADI_REDIS) is no address of a Redis; write ${REDIS_EXAMPLE}${loginCure(text)}`);
  return address;
}

/** The address itself is not shown: it may hold a password. */
export function kafkaAddress(text: string): KafkaAddress {
  const address = parseKafkaAddress(text.trim());
  if (address === undefined)
    throw new UsageError(`--kafka (or WADI_KAFKA) is no address of a Kafka; write ${KAFKA_EXAMPLE}${loginCure(text)}`);
  return address;
}
