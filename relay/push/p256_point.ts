import { decodeBase64Url } from "@std/encoding/base64url";

/** NIST P-256: y² = x³ − 3x + b modulo p (https://doi.org/10.6028/NIST.SP.800-186, 3.2.1.3). */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * Whether base64url text is an uncompressed point on P-256. Keys come from browsers, and Deno 2.5
 * aborts the process instead of throwing when it is to encrypt to one that is not.
 */
export function isP256Point(text: string): boolean {
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64Url(text);
  } catch {
    return false;
  }
  if (bytes.length !== 65 || bytes[0] !== 4) return false;
  const number = (part: Uint8Array) => part.reduce((sum, byte) => sum << 8n | BigInt(byte), 0n);
  const [x, y] = [number(bytes.subarray(1, 33)), number(bytes.subarray(33))];
  return x < P && y < P && (y * y - (x * x * x - 3n * x + B)) % P === 0n;
}
