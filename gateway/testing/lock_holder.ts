import { acquireLock } from "../lock.ts";

/** A process for tests that holds the lock of the folder in its first argument until it is ended. */
const [folder = "", deaf] = Deno.args;
if (deaf === "deaf") Deno.addSignalListener("SIGTERM", () => {});
await acquireLock(folder, { force: false, askToStop: () => Promise.resolve() });
console.log("held");
setInterval(() => {}, 60_000); // keeps the process alive
