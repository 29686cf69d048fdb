import { assertEquals } from "@std/assert";
import { errorCode, isRetryable, ProtocolError, toWireError, wireError } from "./errors.ts";

Deno.test("[ER1] SPEC.md lists exactly the codes of the schema, and [ER3] the retryable ones", async () => {
  const spec = await Deno.readTextFile(new URL("./SPEC.md", import.meta.url));
  const rule = (id: string) => spec.split(`**[${id}]**`)[1]!.split("- **[")[0]!;
  const codesIn = (text: string) => (text.match(/\b[A-Z][A-Z_]{5,}\b/g) ?? []).toSorted();
  assertEquals(codesIn(rule("ER1")), errorCode.options.toSorted());
  assertEquals(codesIn(rule("ER3")), errorCode.options.filter(isRetryable).toSorted());
});

Deno.test("[ER2] a ProtocolError survives the wire", () => {
  const error = new ProtocolError("RATE_LIMITED", "Cannot sign in: too many tries", {
    retryAfterMs: 1500,
    details: { tries: 6 },
  });
  const wire = wireError.parse(JSON.parse(JSON.stringify(error.toWire())));
  assertEquals(wire.retryable, true);
  assertEquals(ProtocolError.fromWire(wire).toWire(), error.toWire());
});

Deno.test("[ER2] other failures tell a peer nothing of themselves", () => {
  assertEquals(toWireError(new Error("secret path")).code, "INTERNAL");
  assertEquals(JSON.stringify(toWireError(new Error("secret path"))).includes("secret"), false);
});
