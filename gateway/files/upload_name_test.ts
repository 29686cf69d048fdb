import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { namesLike, partName, plainName } from "./upload_name.ts";

Deno.test("[FI6] a name is one file's, whatever was given", () => {
  const cases: [string, string][] = [
    ["photo.jpg", "photo.jpg"],
    ["../../etc/passwd", ".._.._etc_passwd"],
    ["a\\b\0c\n.txt", "a_b_c_.txt"],
    ["..", "file"],
    ["", "file"],
    ["  x  ", "x"],
    ["-rf", "_rf"],
    ["invoice\u202egpj.exe", "invoice_gpj.exe"],
  ];
  for (const [given, plain] of cases) assertEquals(plainName(given), plain);
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 400 }), (given) => {
    const name = plainName(given);
    const part = new TextEncoder().encode(partName(name, "u".repeat(32)));
    assert(name.length > 0 && !/[/\0]/.test(name) && name !== "." && name !== "..");
    assert(part.length <= 255);
  }));
});

Deno.test("[FI8] names that are taken are counted on before the ending", () => {
  const first = (name: string) => [...namesLike(name)].slice(0, 3);
  assertEquals(first("a.txt"), ["a.txt", "a (2).txt", "a (3).txt"]);
  assertEquals(first("a.tar.gz")[1], "a (2).tar.gz");
  assertEquals(first("README")[1], "README (2)");
  assertEquals(first(".env")[1], ".env (2)");
});
