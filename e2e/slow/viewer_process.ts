/**
 * A viewer in a process of its own, so that it can be stopped as a whole (SIGSTOP): a tab whose
 * device sleeps. Its options come as JSON in the first argument; `GET /` answers with its screen.
 * @module
 */
import { HeadlessViewer } from "../harness/headless_viewer.ts";

const viewer = await HeadlessViewer.open(JSON.parse(Deno.args[0] ?? ""));
const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(JSON.stringify({ event: "viewer.ready", port })),
}, () =>
  Response.json({
    lines: viewer.screen.lines(),
    drawnBytes: viewer.screen.drawnBytes,
    state: viewer.link.state.value.state,
    ...viewer.link.counters,
  }));

Deno.addSignalListener("SIGINT", () => {
  viewer[Symbol.dispose]();
  void server.shutdown().then(() => Deno.exit(0));
});
