/**
 * Builds what is served but not run as it stands, the web app's pages: `deno task build`. Needed
 * before a deploy; a relay without a build bundles them itself when it starts.
 * @module
 */
import { buildWeb } from "../web/dev.ts";

if (import.meta.main) {
  const startedMs = performance.now();
  await buildWeb();
  console.log(`Built web/_fresh in ${Math.round(performance.now() - startedMs)} ms`);
}
