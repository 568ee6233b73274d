// The page as routes of the admin API's server: its document, its modules, styles and icons. They hold nothing of a user's and
// need no token; what the page shows it asks the API for, with the token.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { NotFoundError } from "../../lib/errors.ts";
import type { PlainRequest, PlainRoute } from "../../lib/serve/route.ts";
import type { PlainAnswer } from "../../lib/serve/status.ts";
import { operations } from "../operations.ts";
import { type Asset, readAsset, readModules } from "./modules.ts";

/** Of the image: what `npm run bundle` has made; it lies beside the program. Else the sources. */
const BUILT = join(import.meta.dirname, "page");
const SOURCES = join(import.meta.dirname, "../../dashboard/page");
const ICONS = ["icon-well", "icon-trouble", "icon-away"] as const;
const STYLE_TYPE = "text/css; charset=utf-8";

const SAFE = { "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };
/** Nothing of another origin, nothing inline, nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

interface Served {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Packed once. */
  packed(): Buffer;
}

interface Page {
  readonly document: Served;
  readonly assets: ReadonlyMap<string, Served>;
}

/** Between the start of a Wadi and the moment when it prepares its page, unless somebody has asked for it by then. */
const PREPARED_AFTER_MS = 1000;

/**
 * A start does not wait for the page, and the first visit need not wait for it either.
 * @param version of Wadi.
 */
export function pageRoutes(version: string): readonly PlainRoute[] {
  const page = () => pageOf(version);
  setTimeout(() => {
    for (const one of [page().document, ...page().assets.values()]) one.packed();
  }, PREPARED_AFTER_MS).unref();
  return [
    { method: "GET", path: "/", maxBodyBytes: 0, answer: async (request) => answerOf(page().document, request) },
    {
      method: "GET",
      path: "/page/:file",
      maxBodyBytes: 0,
      async answer(request) {
        const found = page().assets.get(request.path);
        if (found !== undefined) return answerOf(found, request);
        throw new NotFoundError(`there is no ${request.path}; a page of an earlier Wadi asks for it: load it again`);
      },
    },
  ];
}

function answerOf({ headers, body, packed }: Served, request: PlainRequest): PlainAnswer {
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0+)?\b)/.test(String(request.headers["accept-encoding"] ?? ""));
  if (!takesGzip) return { status: 200, headers, body };
  return { status: 200, headers: { ...headers, "content-encoding": "gzip" }, body: packed() };
}

const pages = new Map<string, Page>();

/** Read once a process. */
function pageOf(version: string): Page {
  const known = pages.get(version) ?? readPage(version);
  pages.set(version, known);
  return known;
}

function readPage(version: string): Page {
  const folder = existsSync(BUILT) ? BUILT : SOURCES;
  const isBuilt = folder === BUILT;
  const modules = readModules(join(folder, isBuilt ? "main.js" : "main.ts"));
  const styles = [uplotStyle(folder, isBuilt), join(folder, "page.css")].map((file) => readAsset(file, STYLE_TYPE));
  const icons = ICONS.map((name) => readAsset(join(folder, `${name}.svg`), "image/svg+xml"));
  const assets = [...modules, ...styles, ...icons].map(
    (asset) => [asset.path, served(asset, "max-age=31536000, immutable")] as const,
  );
  const text = documentOf(readFileSync(join(folder, "index.html"), "utf8"), { modules, styles, icons, version });
  const document = { path: "/", type: "text/html; charset=utf-8", body: Buffer.from(text) };
  return { document: served(document, "no-cache", { "content-security-policy": POLICY }), assets: new Map(assets) };
}

function uplotStyle(folder: string, isBuilt: boolean): string {
  return isBuilt ? join(folder, "uPlot.min.css") : fileURLToPath(import.meta.resolve("uplot/dist/uPlot.min.css"));
}

function served({ type, body }: Asset, cached: string, more: Readonly<Record<string, string>> = {}): Served {
  const headers = { "content-type": type, "cache-control": cached, vary: "accept-encoding", ...SAFE, ...more };
  let made: Buffer | undefined;
  const packed = () => {
    made ??= gzipSync(body, { level: 9 });
    return made;
  };
  return { headers, body, packed };
}

interface Parts {
  readonly modules: readonly Asset[];
  readonly styles: readonly Asset[];
  readonly icons: readonly Asset[];
  readonly version: string;
}

/** Modules are named early, so that a browser asks for all of them at once. */
function documentOf(template: string, { modules, styles, icons, version }: Parts): string {
  const lines: Readonly<Record<string, string>> = {
    styles: styles.map(({ path }) => `<link rel="stylesheet" href="${path}">`).join("\n"),
    modules: modules.map(({ path }) => `<link rel="modulepreload" href="${path}">`).join("\n"),
    main: `<script type="module" src="${modules.at(-1)?.path}"></script>`,
    icon: `<link rel="icon" type="image/svg+xml" href="${icons[0]?.path}">`,
    facts: `<script type="application/json" id="facts">${factsText(version, icons)}</script>`,
  };
  return template.replaceAll(/<!-- (\w+) -->/g, (all, name: string) => lines[name] ?? all);
}

/** What the page must know before it asks: the table of operations, and where its icons are. */
function factsText(version: string, icons: readonly Asset[]): string {
  const table = operations.map(({ name, method, path, query, body, timeoutMs }) => ({
    ...{ name, method, path },
    ...(query !== undefined && { takes: "query" }),
    ...(body !== undefined && { takes: "body" }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }));
  const facts = {
    version,
    icons: Object.fromEntries(ICONS.map((name, i) => [name, icons[i]?.path])),
    operations: table,
  };
  // So that no text in it can end the element.
  return JSON.stringify(facts).replaceAll("<", "\\u003c");
}
