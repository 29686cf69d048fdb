/**
 * Small parts that at least two rooms use. None knows a word of the product's domain, and all but
 * the log's default writer run in browsers too.
 * @module
 */
export * from "./bounded_queue.ts";
export * from "./clock.ts";
export * from "./deadline.ts";
export { Fences } from "./fences.ts";
export * from "./file_path.ts";
export * from "./give_way.ts";
export * from "./log.ts";
export { isTooCostlyMarkdown } from "./markdown_cost.ts";
export * from "./redial.ts";
export { bufferPassed } from "./young_garbage.ts";
