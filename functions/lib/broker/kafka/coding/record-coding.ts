// kafkajs takes 13 microseconds to read a record with the headers of a CloudEvent and 23 to write one; an observation is five
// records, each read by four groups. What it sends and gets is the same to the byte, coded by us: kafkajs looks up each kind of
// request by its version, and finds its own with our coding in it.

import fetchApi from "kafkajs/src/protocol/requests/fetch/index.js";
import produceApi from "kafkajs/src/protocol/requests/produce/index.js";
import { systemClock } from "../../../clock.ts";
import { FIRST_VERSION as FIRST_FETCH, readFetchResponse } from "./fetch-response.ts";
import { FIRST_VERSION as FIRST_PRODUCE, type Produce, writeProduceRequest } from "./produce-request.ts";

const UNCOMPRESSED = 0;
const fetchOf = fetchApi.protocol;
const produceOf = produceApi.protocol;

fetchApi.protocol = ({ version }) => {
  const make = fetchOf({ version });
  if (version < FIRST_FETCH) return make;
  const decode = (raw: Buffer) => readFetchResponse(version, raw);
  return (options) => {
    const { response, ...rest } = make(options);
    return { ...rest, response: { ...response, decode } };
  };
};

produceApi.protocol = ({ version }) => {
  const make = produceOf({ version });
  if (version < FIRST_PRODUCE) return make;
  return (options: Produce) => {
    const { request, ...rest } = make(options);
    if ((options.compression ?? UNCOMPRESSED) !== UNCOMPRESSED) return { ...rest, request };
    return { ...rest, request: { ...request, encode: async () => writeProduceRequest(options, systemClock.now()) } };
  };
};
