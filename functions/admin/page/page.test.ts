// The page as it is served: without a browser.

import { createHash } from "node:crypto";
import { request } from "node:http";
import { expect, test } from "vitest";
import { startRunning, TOKEN } from "../fixtures/running.ts";

/** All that the document names, and the document itself, as they come over the wire. */
async function everything(url: string) {
  const document = await fetch(`${url}/`);
  const text = await document.text();
  const paths = [...new Set([...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path as string))];
  const assets = await Promise.all(
    paths.map(async (path) => {
      const { headers, body, status } = await packed(url, path);
      const plain = await fetch(`${url}${path}`);
      return { path, status, headers, wire: body.length, text: await plain.text() };
    }),
  );
  return { document, text, assets };
}

function packed(
  url: string,
  path: string,
): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, { headers: { "accept-encoding": "gzip" } }, async (response) => {
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece as Buffer);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) });
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("all of it is under 150 kB packed, each part is named by its digest and may be kept for good", async () => {
  const { url } = await startRunning();

  const { assets } = await everything(url);

  expect(assets.length).toBeGreaterThan(20);
  expect(assets.reduce((sum, { wire }) => sum + wire, 0)).toBeLessThan(150_000);
  for (const { path, status, headers, text } of assets) {
    expect([path, status]).toEqual([path, 200]);
    expect(headers["content-encoding"]).toBe("gzip");
    expect(headers["cache-control"]).toBe("max-age=31536000, immutable");
    const digest = createHash("sha256").update(text).digest("hex");
    expect(path).toContain(`.${digest.slice(0, 12)}.`);
  }
});

test("nothing inline runs, nothing of another origin is asked for, no frame takes it", async () => {
  const { url } = await startRunning();

  const { document, text, assets } = await everything(url);

  const policy = document.headers.get("content-security-policy");
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(document.headers.get("referrer-policy")).toBe("no-referrer");
  const scripts = [...text.matchAll(/<script\b([^>]*)>/g)].map(([, attributes]) => attributes as string);
  expect(scripts.filter((one) => !/src="\/page\/|type="application\/json"/.test(one))).toEqual([]);
  expect(text).not.toMatch(/\son\w+=|<style|style="/);
  for (const { path, text: code } of assets.filter(({ path }) => path.endsWith(".js"))) {
    const imports = [...code.matchAll(/^(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']/gm)].map(
      ([, to]) => to as string,
    );
    expect([path, imports.filter((to) => !/^\/page\/[\w.-]+\.[0-9a-f]{12}\.js$/.test(to))]).toEqual([path, []]);
    expect(code).not.toMatch(/\beval\(|new Function\(/);
  }
});

test("of Wadi's own sources the browser gets the page, and what writes figures and times: nothing of the server", async () => {
  const { url } = await startRunning();

  const { text } = await everything(url);

  const names = [...text.matchAll(/modulepreload" href="\/page\/([\w.-]+)\.[0-9a-f]{12}\.js"/g)].map(
    ([, name]) => name as string,
  );
  expect(names).toEqual(expect.arrayContaining(["main", "preact", "figures", "times", "title"]));
  expect(names).not.toEqual(expect.arrayContaining([expect.stringMatching(/operation|shapes|clock|errors|store/)]));
});

test("it is served without a token and tells nothing of what Wadi holds; what is not there is 404", async () => {
  const { url, send, settled } = await startRunning();
  await send("observation", "secret-subject", { x: 1, y: 1 });
  await settled();

  const { text, assets } = await everything(url);

  expect([text, ...assets.map((one) => one.text)].join()).not.toMatch(new RegExp(`secret-subject|${TOKEN}`));
  for (const path of [
    "/page/main.ts",
    "/page/page.css",
    "/page/..%2f..%2fpackage.json",
    "/page/main.000000000000.js",
  ]) {
    expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 404]);
  }
});

test("a foreign Host and a foreign Origin are refused for the page as for the API", async () => {
  const { url } = await startRunning();
  const { port } = new URL(url);
  const ask = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port, path: "/", headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.on("error", reject);
      asked.end();
    });

  expect(await ask({ host: "evil.example" })).toBe(403);
  expect(await ask({ origin: "http://evil.example" })).toBe(403);
  expect(await ask({ host: `localhost:${port}` })).toBe(200);
});
