import process from "node:process";
import { claude } from "../../agents/claude.ts";
import { Tail } from "../tail.ts";

/** Follows `path` until `total` records came; prints what it cost after the first `warmUp`. */
const [path = "", total = "0", warmUp = "0"] = Deno.args;
const reader = claude.newReader();
let [records, turns] = [0, 0];
let before: { cpu: { user: number; system: number }; atMs: number } | undefined;
for await (const batch of new Tail(path, { signal: new AbortController().signal })) {
  for (const { record } of batch.records) turns += reader.push(record).length;
  records += batch.records.length;
  if (records >= Number(warmUp)) before ??= { cpu: process.cpuUsage(), atMs: performance.now() };
  if (records >= Number(total)) break;
}
const { user, system } = process.cpuUsage(before?.cpu);
const tookMs = performance.now() - (before?.atMs ?? 0);
const percent = (user + system) / 10 / tookMs;
console.log(JSON.stringify({ records, turns, percent }));
