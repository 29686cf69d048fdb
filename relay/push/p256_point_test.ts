import { assertEquals } from "@std/assert";
import { encodeBase64Url } from "@std/encoding/base64url";
import { isP256Point } from "./p256_point.ts";

async function somePoint(): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["deriveBits"]) as CryptoKeyPair;
  return new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
}

Deno.test("browsers' keys are points on the curve", async () => {
  for (let n = 0; n < 20; n++) {
    assertEquals(isP256Point(encodeBase64Url(await somePoint())), true);
  }
});

Deno.test("what is no point is told apart", async () => {
  const point = await somePoint();
  const changed = (at: number, to: number) => point.map((byte, index) => index === at ? to : byte);
  const wrong = [
    changed(64, point[64]! ^ 1),
    changed(0, 2),
    changed(0, 0),
    point.subarray(0, 64),
    new Uint8Array([...point, 0]),
    new Uint8Array(65).fill(255).with(0, 4),
    new Uint8Array(65).with(0, 4),
    new Uint8Array(0),
  ];
  assertEquals(wrong.filter((bytes) => isP256Point(encodeBase64Url(bytes))), []);
  assertEquals(isP256Point("no base64!"), false);
});
