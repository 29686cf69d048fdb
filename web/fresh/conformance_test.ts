/**
 * What Fresh 2.3 answers to each request, taken from its sources, its own tests and a run of it. The
 * fixture in testdata/app is written for it; this module must answer alike, whether the fixture was
 * built in memory or on disk.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { builtApp, developmentApp, type Handler } from "./testdata/fixture.ts";

interface Exchange {
  request: string;
  headers?: Record<string, string>;
  body?: BodyInit;
  status: number;
  /** Expected exactly; null: must be absent. */
  answers?: Record<string, string | null>;
  contains?: string[];
  lacks?: string[];
}

const APP = '<html lang="en"><head>';
const HTML = { "content-type": "text/html; charset=utf-8" };

const EXCHANGES: Record<string, Exchange[]> = {
  "pages stand inside _layout inside _app": [
    {
      request: "GET /about",
      status: 200,
      answers: HTML,
      contains: [APP, "<main", "<p>about</p></main>"],
    },
    {
      request: "GET /machines",
      status: 200,
      contains: ["<main", "<section><p>machines</p></section></main>"],
    },
    {
      request: "GET /plain",
      status: 200,
      contains: [APP, "<article><p>plain</p></article>"],
      lacks: ["<main"],
    },
    {
      request: "GET /bare",
      status: 200,
      contains: ["<body><p>bare</p></body>"],
      lacks: ["<main", APP],
    },
  ],
  "middlewares run from the outside in": [
    {
      request: "GET /about",
      status: 200,
      answers: { "x-root": "seen" },
      contains: ['data-trace="app>root"'],
    },
    { request: "GET /machines", status: 200, contains: ['data-trace="app>root>machines"'] },
  ],
  "paths": [
    { request: "GET //about", status: 200, contains: ["about"] },
    { request: "GET /machines/", status: 404, contains: ["status 404 at /machines/"] },
    { request: "GET /about/", status: 404 },
    { request: "GET /machines/new", status: 200, contains: ["new machine"] },
    { request: "GET /machines/m1", status: 200, contains: ["machine m1 by /machines/:id"] },
    { request: "GET /machines/a%2Fb", status: 200, contains: ["machine a%2Fb by"] },
    { request: "GET /machines/%3Cb%3E%C3%A4", status: 200, contains: ["machine &lt;b>ä by"] },
    { request: "GET /machines/a/b", status: 200, contains: ["rest a/b"] },
    { request: "GET /_layout", status: 404 },
    { request: "GET /hello/ada", status: 200, contains: ["Hello ada"] },
  ],
  "methods": [
    { request: "POST /about", status: 200, contains: ["about"] },
    { request: "HEAD /about", status: 200, answers: HTML, lacks: ["about"] },
    { request: "HEAD /api", status: 200, answers: { "content-type": "application/json" } },
    { request: "POST /api", status: 404, contains: [APP, "status 404 at /api"] },
    { request: "DELETE /form", status: 404 },
    { request: "GET /form", status: 200 },
    { request: "POST /hello/ada", status: 405 },
    { request: "PATCH /any", status: 200, contains: ['{"method":"PATCH"}'] },
  ],
  "handlers": [
    { request: "GET /api", status: 200, contains: ['"greeting":'] },
    {
      request: "POST /form",
      body: new URLSearchParams({ name: "<eve>" }),
      status: 422,
      answers: { ...HTML, "x-form": "refused" },
      contains: ["form &lt;eve>"],
    },
    {
      request: "POST /form",
      body: new URLSearchParams({ name: "ada" }),
      status: 303,
      // A path never leaves the origin; a query is left alone.
      answers: { location: "/elsewhere.example/welcome?x=//y" },
    },
    { request: "GET /broken/async", status: 200, contains: ["<p>awaited</p></main>"] },
    {
      request: "GET /broken/async?answer",
      status: 200,
      contains: ["its own answer"],
      lacks: [APP],
    },
  ],
  "errors are rendered by _error, inside _app, with their status": [
    {
      request: "GET /nope",
      status: 404,
      answers: HTML,
      contains: [APP, "<main", "status 404 at /nope"],
    },
    {
      request: "GET /broken",
      status: 500,
      contains: [APP, "broken at /broken"],
      lacks: ["secret"],
    },
    { request: "GET /broken/async?fail", status: 403, contains: ["status 403"] },
    // Declared before the file routes, it knows nothing of _error.
    { request: "GET /teapot", status: 418, contains: ["I'm a teapot"], lacks: [APP] },
  ],
  "head": [
    {
      request: "GET /?text=mine",
      status: 200,
      contains: ["<title>mine</title>", '<meta name="robots" content="noindex"/></head>'],
      lacks: ["<title>Fixture</title>"],
    },
    { request: "GET /about", status: 200, contains: ["<title>Fixture</title>"], lacks: ["robots"] },
  ],
  "csrf() refuses what another site sent": [
    {
      request: "POST /any",
      headers: { "sec-fetch-site": "cross-site", origin: "http://evil.example" },
      status: 403,
    },
    { request: "POST /any", headers: { "sec-fetch-site": "same-site" }, status: 403 },
    { request: "POST /any", headers: { origin: "http://evil.example" }, status: 403 },
    { request: "POST /any", headers: { origin: "null" }, status: 403 },
    { request: "POST /any", headers: { "sec-fetch-site": "same-origin" }, status: 200 },
    { request: "POST /any", headers: { origin: "http://localhost" }, status: 200 },
    { request: "POST /any", status: 200 },
    { request: "GET /any", headers: { "sec-fetch-site": "cross-site" }, status: 200 },
  ],
  "static files": [
    {
      request: "GET /styles.css",
      status: 200,
      answers: { "content-type": "text/css; charset=UTF-8" },
    },
    {
      request: "HEAD /styles.css",
      status: 200,
      answers: { "content-length": "21" },
      lacks: ["color"],
    },
    { request: "POST /styles.css", status: 405 },
    {
      request: "GET /styles.css?__frsh_c=older",
      status: 307,
      answers: { location: "/styles.css" },
    },
    { request: "GET /favicon.ico", status: 404, answers: { "content-type": null } },
    { request: "GET /..%2Fmain.ts", status: 404 },
    { request: "GET /%2e%2e/main.ts", status: 404 },
    { request: "GET /static/styles.css", status: 404 },
    { request: "GET /_fresh/snapshot.js", status: 404 },
  ],
  "more careful than Fresh": [
    // Fresh answers 500 to a path that is not UTF-8, and leaves backslashes in redirects.
    { request: "GET /%E0%A4%A", status: 404 },
    { request: "GET /machines/%E0%A4%A", status: 200, contains: ["machine %E0%A4%A by"] },
    {
      request: "GET /leave?to=/%5Cevil.example",
      status: 302,
      answers: { location: "/evil.example" },
    },
  ],
};

async function assertExchange(handler: Handler, exchange: Exchange): Promise<void> {
  const [method = "", path] = exchange.request.split(" ");
  const { headers = {}, body = null, status, answers = {}, contains = [], lacks = [] } = exchange;
  const response = await handler(new Request(`http://localhost${path}`, { method, headers, body }));
  const text = await response.text();
  assertEquals(response.status, status, `${exchange.request}: ${text}`);
  for (const [name, value] of Object.entries(answers)) {
    assertEquals(response.headers.get(name)?.toLowerCase() ?? null, value?.toLowerCase() ?? null);
  }
  for (const part of contains) assertStringIncludes(text, part, exchange.request);
  for (const part of lacks) {
    assertEquals(text.includes(part), false, `${exchange.request}: ${part}`);
  }
}

Deno.test("a development app answers as Fresh does", async (t) => {
  const handler = await developmentApp();
  for (const [name, exchanges] of Object.entries(EXCHANGES)) {
    await t.step(name, async () => {
      for (const exchange of exchanges) await assertExchange(handler, exchange);
    });
  }
});

Deno.test("a built app answers as Fresh does", async (t) => {
  await using built = await builtApp();
  for (const [name, exchanges] of Object.entries(EXCHANGES)) {
    await t.step(name, async () => {
      for (const exchange of exchanges) await assertExchange(built.handler, exchange);
    });
  }
});
