// helm test: each function wakes and lacks nothing, and the Broker takes an event that no function does.
const { FUNCTIONS, NAMESPACE, BROKER } = process.env;
let failed = false;

async function check(what, ask) {
  const started = Date.now();
  const problem = await ask().catch((error) => error.cause?.message ?? error.message);
  failed ||= problem !== undefined;
  console.log(`${problem === undefined ? "ok  " : "FAIL"} ${what}, after ${Date.now() - started} ms${problem ? `: ${problem}` : ""}`);
}

for (const name of FUNCTIONS.split(" ")) {
  await check(`${name} wakes and lacks nothing`, async () => {
    const signal = AbortSignal.timeout(60_000);
    const response = await fetch(`http://${name}.${NAMESPACE}.svc.cluster.local/health/ready`, { signal });
    const text = await response.text();
    if (!response.ok) return `it answers ${response.status} ${text}`;
    const missing = Object.entries(JSON.parse(text).missing);
    return missing.length === 0 ? undefined : missing.map(([what, why]) => `${what}: ${why}`).join("; ");
  });
}

await check("the Broker takes an event", async () => {
  const headers = { "ce-specversion": "1.0", "ce-type": "dev.wadi.test", "ce-source": "/helm/test", "ce-id": `${Date.now()}` };
  const response = await fetch(BROKER, { method: "POST", headers, signal: AbortSignal.timeout(30_000) });
  return response.status === 202 ? undefined : `it answers ${response.status} ${await response.text()}`;
});

process.exitCode = failed ? 1 : 0;
