import type { FunctionComponent } from "preact";
import { setBuildCache } from "fresh/internal";
import { silentLog } from "@chatcode/kit";
import type { BuildCache } from "../fresh/build_cache.ts";
import { createApp } from "../main.ts";
import type { WebHandler } from "../mount.ts";
import { withSecurityHeaders } from "../security_headers.ts";
import type { Services } from "../services.ts";

const ROOT = new URL("../", import.meta.url);

/** The app's routes, rendered on the server, without the scripts for browsers. */
export async function renderedApp(services: Services): Promise<WebHandler> {
  const app = createApp(services, silentLog);
  const build: BuildCache = {
    mode: "production",
    buildId: "test",
    bootUrl: "/boot.js",
    files: new Map(),
    routes: await Promise.all((await list("routes")).map(async (path) => ({
      id: path.slice("routes".length).replace(/\.tsx?$/, ""),
      mod: await import(new URL(path, ROOT).href),
    }))),
    islands: await Promise.all((await list("islands")).map(async (path) => {
      const name = path.replace(/^islands\/|\.tsx$/g, "");
      const { default: component } = await import(new URL(path, ROOT).href);
      return { name, component: component as FunctionComponent, url: `/${name}.js` };
    })),
  };
  setBuildCache(app, build, build.mode);
  const handle = app.handler();
  return async (req, info) => withSecurityHeaders(await handle(req, info));
}

async function list(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) found.push(...await list(`${folder}/${name}`));
    else if (/\.tsx?$/.test(name)) found.push(`${folder}/${name}`);
  }
  return found.sort();
}
