// The API server by the account of a pod, against a server that speaks as it does, with a certificate of an authority of its own.

import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AnswerOf, type ApiServer, startApiServer } from "./api-server.contract.ts";
import { connectInCluster } from "./in-cluster.ts";

let server: ApiServer;
let answer: AnswerOf;
const connect = (folder = server.folder) => connectInCluster(server.env, folder);

beforeAll(async () => {
  server = await startApiServer((asked) => answer(asked));
});
afterAll(() => server.close());

test("outside a cluster there is none", () => {
  expect(connectInCluster({})).toBeUndefined();
});

test("it is asked with the token of the account, which is read anew since it expires, over TLS of its own authority", async () => {
  const asked: (string | undefined)[] = [];
  answer = ({ authorization }) => {
    asked.push(authorization);
    return { status: 200, body: '{"items":[]}' };
  };
  const reader = connect();

  await reader?.get("/api/v1/pods");
  server.write("token", "second");
  const found = await reader?.get("/api/v1/pods");

  expect(found).toEqual({ items: [] });
  expect(asked).toEqual(["Bearer first", "Bearer second"]);
});

test("a server of another authority is not believed, and its cure is one for a pod", async () => {
  answer = () => ({ status: 200, body: "{}" });
  const own = server.read("ca.crt");
  server.write("ca.crt", "");

  const told = connect()?.get("/api");

  await expect(told).rejects.toThrow(
    /API server at https:\/\/127\.0\.0\.1:\d+ does not answer: .*networkPolicy\.apiServer/,
  );
  server.write("ca.crt", own);
});

test("what the account may not, a token that is refused, and an account without a token are told apart", async () => {
  const said =
    'pods is forbidden: User "system:serviceaccount:wadi:dashboard" cannot list resource "pods" in API group "" in the namespace "wadi"';
  answer = ({ authorization }) =>
    authorization === "Bearer old"
      ? { status: 401, body: "{}" }
      : { status: 403, body: JSON.stringify({ message: said }) };
  const reader = connect();

  await expect(reader?.get("/api")).rejects.toThrow(
    /system:serviceaccount:wadi:dashboard.* may not list pods in namespace wadi/,
  );
  server.write("token", "old");
  await expect(reader?.get("/api")).rejects.toThrow(/does not accept the token of the pod's account/);
  await expect(connect(join(server.folder, "none"))?.get("/api")).rejects.toThrow(/has no token of its account/);
});
