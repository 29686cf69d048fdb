import type { HostLoad } from "@chatcode/protocol";

/** How busy this machine is now. Cheap: asked at each tick. */
export function readHostLoad(): HostLoad {
  const [one = 0, five = 0, fifteen = 0] = Deno.loadavg();
  const memory = Deno.systemMemoryInfo();
  const free = Math.max(memory.available, memory.free);
  return {
    average: [one, five, fifteen],
    cores: Math.max(1, navigator.hardwareConcurrency),
    memoryUsedBytes: Math.max(0, memory.total - free),
    memoryTotalBytes: memory.total,
  };
}
