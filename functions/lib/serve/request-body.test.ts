import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createBodyReader, type Held } from "./request-body.ts";

test("a body whose client had left before it is read is refused as cut, and waits for nothing", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const server = createServer((request, response) => {
    response.on("close", async () => {
      const held: Held = { bytes: 0, isReleased: response.closed };
      resolve(
        await createBodyReader(1000)
          .read(request, held, 1000)
          .catch((error: unknown) => error),
      );
    });
  });
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");

  socket.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345", () => socket.destroy());

  expect(await promise).toMatchObject({ code: "cut", message: "the request was cut off" });
});
