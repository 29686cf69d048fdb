import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "./errors.ts";
import { encodeFrame, frameSchemas, parseFrame } from "./frame.ts";

const golden = new URL("./testdata/v1/", import.meta.url);

Deno.test("[FR2] every golden frame of version 1 parses, and is encoded as it was", async () => {
  const seen = new Set<string>();
  for await (const { name } of Deno.readDir(golden)) {
    if (!name.endsWith(".json")) continue;
    const text = await Deno.readTextFile(new URL(name, golden));
    const parsed = parseFrame(text);
    assert(parsed.state === "frame", name);
    assertEquals(JSON.parse(encodeFrame(parsed.frame)), JSON.parse(text), name);
    seen.add(parsed.frame.type);
  }
  assertEquals([...seen].toSorted(), Object.keys(frameSchemas).toSorted());
});

Deno.test("[FR2] an unknown type is told apart from a malformed frame; unknown fields are skipped", () => {
  assertEquals(parseFrame(`{"type":"hologram","x":1}`), { state: "unknown", type: "hologram" });
  assertEquals(parseFrame(`{"type":"ping","id":1,"x":1}`), {
    state: "frame",
    frame: { type: "ping", id: 1 },
  });
  assertEquals(parseFrame(`{"type":"__proto__"}`), { state: "unknown", type: "__proto__" });
});

Deno.test("[FR1] malformed frames are refused by name of the field, never by its content", () => {
  for (const text of ["", "nonsense", "[]", "null", "1", `{"type":1}`, `{"type":""}`, "{"]) {
    assertThrows(() => parseFrame(text), ProtocolError);
  }
  const error = assertThrows(
    () => parseFrame(`{"type":"credit","channel":"hunter2","bytes":1}`),
    ProtocolError,
    "channel",
  );
  assertEquals(error.message.includes("hunter2"), false);
});

Deno.test("[FR1] arbitrary JSON either parses or throws a ProtocolError", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(...Object.keys(frameSchemas)), (json, type) => {
      const value: unknown = JSON.parse(json);
      const tagged = typeof value === "object" && value !== null ? { ...value, type } : value;
      try {
        parseFrame(JSON.stringify(tagged));
      } catch (thrown) {
        if (!(thrown instanceof ProtocolError)) throw thrown;
      }
    }),
  );
});
