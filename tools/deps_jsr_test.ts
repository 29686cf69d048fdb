import { assert, assertEquals } from "@std/assert";
import { pointAtJsr, pointAtNpm } from "./deps_jsr.ts";

const CONFIG = `{
  "compilerOptions": { "types": ["./types/deno_std.d.ts"] },
  "imports": {
    "@std/assert": "npm:deno-std@1.4.0/assert/mod.js",
    "@std/cli/parse-args": "npm:deno-std@1.4.0/cli/parse_args.js",
    "fresh":   "./web/fresh/mod.ts",
    "fresh/runtime": "./web/fresh/runtime.ts",
    "zod": "npm:zod@4.6.7"
  }
}
`;

Deno.test("pointAtJsr() takes @std and fresh from JSR and leaves the rest", () => {
  assertEquals(
    pointAtJsr(CONFIG),
    `{
  "compilerOptions": { "types": [] },
  "imports": {
    "@std/assert": "jsr:@std/assert@1",
    "@std/cli/parse-args": "jsr:@std/cli@1/parse-args",
    "fresh":   "jsr:@fresh/core@^2.3.3",
    "fresh/runtime": "jsr:@fresh/core@^2.3.3/runtime",
    "zod": "npm:zod@4.6.7"
  }
}
`,
  );
});

Deno.test("pointAtNpm() gives back every byte, and both are safe twice", () => {
  const jsr = pointAtJsr(CONFIG);
  assertEquals(pointAtNpm(jsr), CONFIG);
  assertEquals(pointAtJsr(jsr), jsr);
  assertEquals(pointAtNpm(CONFIG), CONFIG);
});

Deno.test("the way back does not need what cannot be reached", async () => {
  const source = await Deno.readTextFile(new URL("./deps_jsr.ts", import.meta.url));
  assert(!/^import /m.test(source));
});

Deno.test("the project's own deno.json goes there and back byte by byte", async () => {
  const config = await Deno.readTextFile(new URL("../deno.json", import.meta.url));
  const npm = pointAtNpm(config);
  const jsr = pointAtJsr(npm);
  assertEquals(pointAtNpm(jsr), npm);
  assert(config === npm || config === jsr, "an entry of deno.json is unknown to tools/deps_jsr.ts");
  assert(!jsr.includes("deno-std") && !jsr.includes("deno_std"));
});
