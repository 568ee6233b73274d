// Answers 202 to whatever comes, and reads nothing of it: how fast the load generator itself can be.

import { type AddressInfo, createServer } from "node:net";

const ANSWER = Buffer.from("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");

const server = createServer((socket) => {
  socket.setNoDelay(true);
  // One request under way a connection, and each fits one segment of the loopback device.
  socket.on("data", () => socket.write(ANSWER));
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
