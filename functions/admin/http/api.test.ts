import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AtEnd, newFolder, type Running, startRunning, TOKEN, VIEW_TOKEN } from "../fixtures/running.ts";
import { acts, type Operation } from "../operation.ts";
import { operations } from "../operations.ts";
import { Problem, type Problem as ProblemBody } from "../shapes/shapes.ts";

const ajv = new Ajv({ allErrors: true });

/** Every failure has this form, and only this. */
async function problemOf(response: Response): Promise<ProblemBody> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = await response.json();
  expect(ajv.validate(Problem, body), ajv.errorsText()).toBe(true);
  expect((body as ProblemBody).status).toBe(response.status);
  return body as ProblemBody;
}

const post = (body: string): RequestInit => ({ method: "POST", headers: { "content-type": "application/json" }, body });

/** One observation learned, one that waits, two dead letters. */
async function lived(atEnd?: AtEnd): Promise<Running> {
  const running = await startRunning(
    { archive: { place: { kind: "folder", folder: join(newFolder(atEnd), "archive") } } },
    atEnd,
  );
  await running.send("observation", "o1", { x: 1, y: 2 });
  await running.send("observation", "o2", { x: 1 });
  for (const id of ["bad1", "bad2"]) await running.send("observation", id, { x: "text" });
  await running.settled();
  return running;
}

/** For the tests that change nothing. */
let shared: Running;
const undo: (() => unknown)[] = [];
beforeAll(async () => {
  shared = await lived((one) => undo.unshift(one));
});
afterAll(async () => {
  for (const one of undo) await one();
});

test("every operation answers as its schema says, on real data", async () => {
  const running = await lived();
  const { ask } = running;
  const requests: Record<string, [path: string, body?: object]> = {
    me: ["/api/v1/me"],
    status: ["/api/v1/status"],
    archive: ["/api/v1/archive"],
    pipelines: ["/api/v1/pipelines"],
    models: ["/api/v1/models?limit=1"],
    model: ["/api/v1/models/line?history=5"],
    trace: ["/api/v1/observations/line/o1"],
    labels: ["/api/v1/labels/line"],
    events: ["/api/v1/events?after=0&limit=1000&type=dev.wadi.observation&pipeline=line&outcome=received&subject=o1"],
    deadLetters: ["/api/v1/dead-letters?limit=1&reason=schema&since=0&until=99999999999999"],
    deadLetterGroups: ["/api/v1/dead-letters/groups"],
    deadLetter: ["/api/v1/dead-letters/1"],
    redrive: ["/api/v1/dead-letters/redrive", { numbers: [1] }],
    drop: ["/api/v1/dead-letters/drop", { all: true }],
    startReplay: ["/api/v1/replays", { pipeline: "line", into: "second" }],
    replay: ["/api/v1/replays/1"],
    stopReplay: ["/api/v1/replays/1/stop"],
    pipeline: ["/api/v1/pipelines/line"],
    predict: ["/api/v1/pipelines/line/predict", { record: { x: 1 }, interval: 0.9, explain: true }],
    send: ["/api/v1/events", { pipeline: "line", kind: "observation", data: { x: 1 } }],
    generator: ["/api/v1/generator"],
    startGenerator: ["/api/v1/generator/start", { pipeline: "line", from: "line", rate: 5 }],
    turnGenerator: ["/api/v1/generator/turn", { rate: 6 }],
    stopGenerator: ["/api/v1/generator/stop"],
  };

  const { wadi } = running;
  const { state } = await wadi.store.models.load("line");
  const model = { set: "line", pipeline: "line", generation: "1", version: 1, revision: "", state: JSON.parse(state) };
  const brought = { generation: "imported-0123456789abcdef", replace: true };
  const { hold } = (await (await ask("/api/v1/models/line/export", post('{"ids":true}'))).json()) as { hold: string };
  const { revision } = await wadi.store.models.head("line");
  Object.assign(requests, {
    weights: ["/api/v1/models/line/weights?limit=1"],
    snapshots: ["/api/v1/models/line/snapshots"],
    rollback: ["/api/v1/models/line/rollback", { generation: "1" }],
    exportModel: ["/api/v1/models/line/export", { ids: false }],
    exportIds: ["/api/v1/models/line/export/ids", { hold, revision }],
    // Commits wait while the ids are read.
    serve: ["/api/v1/models/line/serve", { model: "mean" }],
    clear: ["/api/v1/models/line/clear", {}],
    importIds: ["/api/v1/models/line/import/ids", { ...brought, items: [{ until: 1e15, ids: ["1"] }] }],
    importModel: ["/api/v1/models/line/import", { ...brought, ids: 1, model: { ...model, history: [] } }],
  });
  // Of a cluster, and this is none: dashboard.test.ts has its answer on real objects.
  const answered = operations.filter(({ name }) => name !== "cluster");
  // What puts another generation in force comes last: only the one before is kept.
  const last = ["rollback", "clear"];
  const inOrder = Object.entries(requests).sort(([a], [b]) => last.indexOf(a) - last.indexOf(b));
  for (const [name, [path, body]] of inOrder) {
    const { answer, method } = operations.find((one) => one.name === name) as Operation;
    const response = await ask(path, body === undefined ? { method } : post(JSON.stringify(body)));

    expect(response.status, name).toBe(200);
    expect(response.headers.get("cache-control"), name).toBe("no-store");
    expect(ajv.validate(answer, await response.json()), `${name}: ${ajv.errorsText()}`).toBe(true);
  }
  expect(Object.keys(requests).sort()).toEqual(answered.map(({ name }) => name).sort());
  const { status } = await problemOf(await ask("/api/v1/cluster"));
  expect(status).toBe(501);
});

test("without the token only the OpenAPI document and health are answered", async () => {
  const { url } = shared;
  const wrong = ["", "Bearer", "Bearer ", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, `Bearer ${TOKEN} ${TOKEN}`, `Bearer é`];

  const paths = [...operations.map(({ path }) => path.replaceAll(/\{\w+\}/g, "1")), "/api/v1/changes"];
  for (const path of paths) {
    const method = operations.find((one) => one.path.replaceAll(/\{\w+\}/g, "1") === path)?.method ?? "GET";
    const response = await fetch(`${url}${path}?token=${TOKEN}`, { method });
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="wadi"');
    const { detail, instance } = await problemOf(response);
    expect([response.status, instance]).toEqual([401, path]);
    expect(detail).not.toContain(TOKEN);
  }
  for (const authorization of wrong) {
    const response = await fetch(`${url}/api/v1/status`, { headers: { authorization } });
    expect(response.status, authorization).toBe(401);
  }
  for (const open of ["/api/openapi.json", "/health/live", "/health/ready"]) {
    expect((await fetch(`${url}${open}`)).status, open).toBe(200);
  }
  const lower = await fetch(`${url}/api/v1/status`, { headers: { authorization: `bearer  ${TOKEN}` } });
  expect(lower.status).toBe(200);
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
});

const asViewer = (init: RequestInit = {}): RequestInit => ({
  ...init,
  headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${VIEW_TOKEN}` },
});

test("with the token to look with every operation that looks is answered, and every one that acts is refused, with the cure", async () => {
  const { ask } = shared;
  const before = await (await ask("/api/v1/dead-letters")).json();
  const posts = operations.filter(({ method }) => method === "POST");

  for (const operation of operations) {
    const path = operation.path
      .replace("{set}", "line")
      .replace("{number}", "1")
      .replace("{pipeline}/{subject}", "line/o1");
    const body = operation.body === undefined ? {} : post('{"all": true}');
    const response = await ask(path, asViewer({ ...body, method: operation.method }));
    if (!acts(operation)) {
      expect([operation.name, response.status], operation.name).not.toContain(403);
      continue;
    }
    expect(response.status, operation.name).toBe(403);
    const { type, detail } = await problemOf(response);
    expect(type).toBe("urn:wadi:problem:view-only");
    expect(detail).toContain(`${operation.path} acts: send the admin token`);
    expect(detail).not.toContain(TOKEN);
  }
  expect(posts.length).toBeGreaterThan(8);
  expect(await (await ask("/api/v1/dead-letters")).json()).toEqual(before);
});

test("whoever asks is told what they may do, and who may look may read the changes", async () => {
  const { ask } = shared;

  const roles = [await (await ask("/api/v1/me")).json(), await (await ask("/api/v1/me", asViewer())).json()];
  const changes = await ask("/api/v1/changes", asViewer());

  expect(roles).toEqual([{ role: "admin" }, { role: "view" }]);
  expect([changes.status, changes.headers.get("content-type")]).toEqual([
    200,
    expect.stringContaining("text/event-stream"),
  ]);
  await changes.body?.cancel();
});

test("the ingress knows nothing of the admin API", async () => {
  const { wadi } = shared;

  const response = await fetch(`${wadi.url}/api/v1/status`, { headers: { authorization: `Bearer ${TOKEN}` } });

  expect(response.status).toBe(404);
});

test.each<[string, string, string]>([
  ["/api/v1/models?limt=3", "query.limt", 'is not known here; did you mean "limit"?'],
  ["/api/v1/models?__proto__=1", "query.__proto__", "is not known here: use one of limit, after"],
  ["/api/v1/models?constructor=1", "query.constructor", "is not known here: use one of limit, after"],
  ["/api/v1/status?verbose=1", "query.verbose", "is not known here: there is nothing to be set"],
  ["/api/v1/models?limit=1&limit=2", "query.limit", "stands twice: send it once"],
  ["/api/v1/models?limit=0", "query.limit", "must be >= 1"],
  ["/api/v1/models?limit=1001", "query.limit", "must be <= 1000"],
  ["/api/v1/models?limit=99999999999999999999", "query.limit", "must be <= 1000"],
  [`/api/v1/models?limit=1${"0".repeat(400)}`, "query.limit", "must be a whole number"],
  ["/api/v1/models?limit=1.5", "query.limit", "must be a whole number"],
  ["/api/v1/models?limit=1e2", "query.limit", "must be a whole number"],
  ["/api/v1/models?limit=0x10", "query.limit", "must be a whole number"],
  ["/api/v1/models?limit=", "query.limit", "must be a whole number"],
  [`/api/v1/models?after=${"a".repeat(331)}`, "query.after", "must have at most 330 characters"],
  ["/api/v1/models?sort=best", "query.sort", "must be one of name, worst, newest, silent"],
  ["/api/v1/models?sort=worst&after=line", "query.after", "is no cursor of this order"],
  ["/api/v1/dead-letters?after=-1", "query.after", "is no cursor of this list"],
  ["/api/v1/dead-letters?since=yesterday", "query.since", "must be number"],
  ["/api/v1/events?outcome=lost", "query.outcome", "must"],
  ["/api/v1/events?after=-1", "query.after", "must be >= 0"],
  ["/api/v1/events?limit=1001", "query.limit", "must be <= 1000"],
  ["/api/v1/dead-letters/0", "path.number", "must be >= 1"],
  ["/api/v1/dead-letters/one", "path.number", "must be a whole number"],
  ["/api/v1/dead-letters/1%2F2", "path.number", "must be a whole number"],
  ["/api/v1/models/line?history=10001", "query.history", "must be <= 10000"],
])("%.60s is refused, naming the field and the cure", async (path, field, problem) => {
  const { ask } = shared;

  const response = await ask(path);

  expect(response.status).toBe(422);
  const { type, errors } = await problemOf(response);
  expect(type).toBe("urn:wadi:problem:request");
  expect(errors?.[0]?.path).toBe(field);
  expect(errors?.[0]?.problem).toContain(problem);
});

test.each<[string, string, number, string]>([
  ["no JSON", "{", 400, "the body is no JSON"],
  ["nothing", "", 400, "the body is no JSON"],
  ["a list", "[]", 422, "body must be object"],
  ["null", "null", 422, "body must be object"],
  ["an empty object", "{}", 422, "body is empty: say what is meant"],
  ["a misspelt field", '{"reasn": "schema"}', 422, 'did you mean "reason"?'],
  ["a __proto__", '{"__proto__": {"all": true}}', 422, "body.__proto__ is not known here"],
  ["numbers that are none", '{"numbers": [1, "2", -3, 1.5]}', 422, "body.numbers.1 must be a whole number"],
  ["too many numbers", JSON.stringify({ numbers: Array(1001).fill(1) }), 422, "must have at most 1000 items"],
  ["a number that is endless", '{"since": 1e999}', 422, "body.since must be number"],
  ["only a limit", '{"limit": 3}', 422, "nothing is selected"],
  ["too many bytes", `{"reason": "${"a".repeat(70_000)}"}`, 413, "more than 65536 bytes"],
])("a body of %s is refused, and nothing is done", async (_title, body, status, words) => {
  const { ask } = shared;

  const response = await ask("/api/v1/dead-letters/drop", post(body));

  expect(response.status).toBe(status);
  expect((await problemOf(response)).detail).toContain(words);
  expect(((await (await ask("/api/v1/status")).json()) as { deadLetters: number }).deadLetters).toBe(2);
});

test.each<[string, string, string, number]>([
  ["another path", "GET", "/api/v1/nothing", 404],
  ["another version", "GET", "/api/v2/status", 404],
  ["another method", "POST", "/api/v1/status", 405],
  ["a reading of what only writes", "GET", "/api/v1/dead-letters/redrive", 405],
  ["a path that is no UTF-8", "GET", "/api/v1/models/%FF", 400],
  ["a set that is not there", "GET", "/api/v1/models/__proto__", 404],
  ["a dead letter that is not there", "GET", "/api/v1/dead-letters/999999999999999", 404],
  ["a subject that is not there", "GET", "/api/v1/observations/line/%00%2F", 404],
  ["a pipeline that is not there", "GET", "/api/v1/observations/__proto__/o1", 404],
  ["labels of a pipeline that is not there", "GET", "/api/v1/labels/constructor", 404],
])("%s is told as problem details", async (_title, method, path, status) => {
  const { ask } = shared;

  const response = await ask(`${path}?`, { method });

  expect(response.status).toBe(status);
  expect((await problemOf(response)).instance).toBe(path);
  if (status === 405) expect(response.headers.get("allow")).toMatch(/^(GET|POST)$/);
});

test("a body may begin with the byte order mark that some shells write", async () => {
  const { ask } = shared;
  const [plain, marked] = await Promise.all(
    ["", "\ufeff"].map(async (mark) => ask("/api/v1/dead-letters/drop", post(`${mark}{"numbers": [1e300]}`))),
  );

  expect(marked?.status).toBe(plain?.status);
  expect(await marked?.json()).toEqual({ dropped: 0 });
});

test("numbers beyond every dead letter select none", async () => {
  const { ask } = shared;

  const response = await ask("/api/v1/dead-letters/drop", post('{"numbers": [9007199254740993, 1e300]}'));

  expect(await response.json()).toEqual({ dropped: 0 });
});

test("letters that many redrive at once are sent again once", async () => {
  const { ask } = await lived();

  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const response = await ask("/api/v1/dead-letters/redrive", post('{"numbers": [1, 2]}'));
      return (await response.json()) as { redriven: number };
    }),
  );

  expect(answers.reduce((sum, { redriven }) => sum + redriven, 0)).toBe(2);
});
