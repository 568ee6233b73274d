// What is wrong is told before anything is opened; a cluster itself is looked at in make e2e.

import { expect, test } from "vitest";
import { run } from "../program-under-test.contract.ts";

test("a port of this machine is for a Wadi on a cluster, and has to be one", async () => {
  const stray = await run(["page", "--port", "8090"]);
  const none = await run(["page", "--cluster", "--port", "99999"]);

  expect(stray.code).toBe(2);
  expect(stray.err).toMatch(/--port is for a Wadi on a cluster: add --cluster/);
  expect(none.code).toBe(2);
  expect(none.err).toMatch(/--port.*65,?535/);
});

test("without a kube config there is no cluster to look for, and the cure is one for clusters", async () => {
  const { code, err } = await run(["page", "--namespace", "wadi"], { env: { KUBECONFIG: "/nowhere/config" } });

  expect(code).toBe(1);
  expect(err).toMatch(/KUBECONFIG names \/nowhere\/config, which does not exist/);
});
