import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { hostFacts, hostLoad } from "@chatcode/protocol";
import { readHostFacts } from "./facts.ts";
import { readHostLoad } from "./load.ts";

Deno.test("[HO1] the host's facts fit the wire, with a boot id of their own", () => {
  const options = { tmuxVersion: "3.3a", workspace: "/home/me/workspace" };
  const facts = hostFacts.parse(readHostFacts(options));
  assertEquals([facts.tmuxVersion, facts.workspace], ["3.3a", "/home/me/workspace"]);
  assertEquals(facts.hostname, Deno.hostname());
  assertNotEquals(readHostFacts(options).bootId, facts.bootId);
});

Deno.test("[HO1] the host's load fits the wire and is true", () => {
  const load = hostLoad.parse(readHostLoad());
  assert(load.memoryUsedBytes > 0 && load.memoryUsedBytes < load.memoryTotalBytes);
  assert(load.cores >= 1);
});
