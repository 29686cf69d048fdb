import { waitFor } from "../../kit/testing/wait_for.ts";
import { encodeBase64Url } from "@std/encoding/base64url";
import { type PushMessage, pushMessage, type PushTarget } from "@chatcode/protocol";

/** One message as a browser sees it, and what its push service saw. */
export interface Delivered {
  readonly message: PushMessage;
  readonly headers: Headers;
  readonly path: string;
}

/**
 * A push service on this machine with one browser behind it, which decrypts as RFC 8291 and RFC 8188
 * say. Written against the RFCs alone, so that it shares no mistake with the sender.
 */
export async function openPushService() {
  const pair = await crypto.subtle.generateKey(
    { name: "ECDH", namedCurve: "P-256" },
    true,
    ["deriveBits"],
  ) as CryptoKeyPair;
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const auth = crypto.getRandomValues(new Uint8Array(16));
  const delivered: Delivered[] = [];
  /** Answers to give, first come first served; then 201. */
  const answers: Response[] = [];
  let asked = 0;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (req) => {
      const body = new Uint8Array(await req.arrayBuffer());
      asked += 1;
      const answer = answers.shift() ?? new Response(null, { status: 201 });
      if (answer.ok) {
        const plain = await decrypt(body, pair.privateKey, publicKey, auth);
        const message = pushMessage.parse(JSON.parse(new TextDecoder().decode(plain)));
        delivered.push({ message, headers: req.headers, path: new URL(req.url).pathname });
      }
      return answer;
    },
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return {
    origin,
    delivered,
    answers,
    get asked() {
      return asked;
    },
    target(path = "/push/1"): PushTarget {
      return {
        endpoint: `${origin}${path}`,
        keys: { p256dh: encodeBase64Url(publicKey), auth: encodeBase64Url(auth) },
      };
    },
    /** The next message, taken out. */
    async next(): Promise<Delivered> {
      return await waitFor(() => delivered.shift(), { what: "a push message" });
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function decrypt(
  body: Uint8Array<ArrayBuffer>,
  privateKey: CryptoKey,
  ourPublic: Uint8Array<ArrayBuffer>,
  auth: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  // RFC 8188: salt (16), record size (4), key id length (1), key id (the sender's public key).
  const salt = body.slice(0, 16);
  const idLength = body[20] ?? 0;
  const theirPublic = body.slice(21, 21 + idLength);
  const record = body.slice(21 + idLength);
  const theirKey = await crypto.subtle.importKey(
    "raw",
    theirPublic,
    { name: "ECDH", namedCurve: "P-256" },
    false,
    [],
  );
  const secret = new Uint8Array(
    await crypto.subtle.deriveBits({ name: "ECDH", public: theirKey }, privateKey, 256),
  );
  const text = (s: string) => new TextEncoder().encode(s);
  // RFC 8291, 3.3 and 3.4.
  const info = join(text("WebPush: info\0"), ourPublic, theirPublic);
  const ikm = await hkdf(secret, auth, info, 32);
  const key = await hkdf(ikm, salt, text("Content-Encoding: aes128gcm\0"), 16);
  const nonce = await hkdf(ikm, salt, text("Content-Encoding: nonce\0"), 12);
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const padded = new Uint8Array(
    await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, aes, record),
  );
  const end = padded.lastIndexOf(2); // the last record ends in 2 and padding
  if (end < 0) throw new Error("No end of the last record");
  return padded.slice(0, end);
}

async function hkdf(
  secret: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  info: Uint8Array<ArrayBuffer>,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, bytes * 8));
}

function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}
