import { setBuildCache } from "../app.ts";
import { ProdBuildCache } from "../build_cache.ts";
import { Builder } from "../dev.ts";
import { createApp } from "./app/main.ts";

export type Handler = (req: Request) => Promise<Response>;

const APP = `${import.meta.dirname}/app`;
export const GREETING = `<b>"hello" & welcome</b>`;

/** The fixture as a developer runs it: built in memory. */
export async function developmentApp(): Promise<Handler> {
  const app = createApp({ greeting: GREETING });
  (await new Builder({ root: APP }).build({ mode: "development", snapshot: "memory" }))(app);
  return app.handler();
}

/** A copy of the fixture, built to disk and served from there; disposing removes it. */
export async function builtApp(): Promise<AsyncDisposable & { handler: Handler; root: string }> {
  // Beside the original, so that the import map holds for the copy too.
  const root = await Deno.makeTempDir({ dir: import.meta.dirname as string, prefix: "built-" });
  const dispose = () => Deno.remove(root, { recursive: true });
  try {
    await copyFolder(APP, root);
    await new Builder({ root }).build();
    const app = createApp({ greeting: GREETING });
    const snapshot = await import(`file://${root}/_fresh/snapshot.js`);
    setBuildCache(app, new ProdBuildCache(root, snapshot), "production");
    return { handler: app.handler(), root, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
