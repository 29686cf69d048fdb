const CONTEXT = 3;

/** One hunk from the first line that differs to the last, as a unified diff; empty if none does. */
export function lineDiff(path: string, before: string, after: string): string {
  if (before === after) return "";
  const [from, to] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < Math.min(from.length, to.length) && from[head] === to[head]) head++;
  let tail = 0;
  const most = Math.min(from.length, to.length) - head;
  while (tail < most && from[from.length - 1 - tail] === to[to.length - 1 - tail]) tail++;
  const start = Math.max(0, head - CONTEXT);
  const below = Math.min(tail, CONTEXT);
  const lines = [
    ...from.slice(start, head).map((line) => ` ${line}`),
    ...from.slice(head, from.length - tail).map((line) => `-${line}`),
    ...to.slice(head, to.length - tail).map((line) => `+${line}`),
    ...from.slice(from.length - tail, from.length - tail + below).map((line) => ` ${line}`),
  ];
  const range = (all: readonly string[]) => `${start + 1},${all.length - tail + below - start}`;
  return `--- ${path}\n+++ ${path}\n@@ -${range(from)} +${range(to)} @@\n${lines.join("\n")}\n`;
}
