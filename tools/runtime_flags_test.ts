import { assertEquals } from "@std/assert";
import { RUNTIME_FLAGS } from "./runtime_flags.ts";

Deno.test("the tasks run relay and gateway with the flags that the start command uses", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  for (const room of ["relay", "gateway"]) {
    assertEquals(tasks[room], `deno run -A ${RUNTIME_FLAGS.join(" ")} ${room}/main.ts`);
  }
});
