// Express with the CloudEvents SDK: what one writes by hand. It reads each event and answers 202.

import type { AddressInfo } from "node:net";
import { type CloudEvent, HTTP } from "cloudevents";
import express from "express";

const app = express();
app.use(express.text({ type: () => true, limit: "1mb" }));
app.post("/", (request, response) => {
  const event = HTTP.toEvent({ headers: request.headers, body: request.body }) as CloudEvent;
  if (!event.validate()) return void response.status(400).end();
  response.status(202).end();
});
const server = app.listen(Number(process.env["PORT"] ?? 0), "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
