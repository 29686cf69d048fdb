import { Builder } from "fresh/dev";
import { writeStamp } from "./current_build.ts";

/** Builds the app into `_fresh/`: what Deno Deploy serves, where nothing can be bundled. */
export async function buildWeb(): Promise<void> {
  await Deno.copyFile(XTERM_CSS.package, XTERM_CSS.static);
  await new Builder({ root: import.meta.dirname as string }).build();
  await writeStamp();
}

/** Deno cannot import CSS, so xterm's stylesheet is a static file: a copy of the package's own. */
export const XTERM_CSS = {
  package: new URL("../node_modules/@xterm/xterm/css/xterm.css", import.meta.url),
  static: new URL("./static/vendor/xterm.css", import.meta.url),
};

if (import.meta.main) await buildWeb();
