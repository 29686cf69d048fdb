import { hello } from "@chatcode/protocol";

/** What a machine without sessions says first. */
export const HOST_HELLO = hello.parse({
  type: "hello",
  minProtocol: 1,
  maxProtocol: 1,
  client: { name: "fuzz", version: "1", role: "host" },
  host: {
    facts: {
      bootId: "fuzz-boot",
      hostname: "fuzzed",
      os: "linux",
      arch: "x86_64",
      gatewayVersion: "0",
      tmuxVersion: "3.3a",
      workspace: "/",
      startedAtMs: 0,
    },
    load: { average: [0, 0, 0], cores: 1, memoryUsedBytes: 0, memoryTotalBytes: 0 },
    sessions: [],
  },
});
