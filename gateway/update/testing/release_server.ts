import { encodeHex } from "@std/encoding/hex";

/** A signed release on a server of its own, whose files a test may spoil. */
export class ReleaseServer implements AsyncDisposable {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(readonly publicKey: string, readonly version: string) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        const path = new URL(request.url).pathname;
        const file = path.replace(`/download/v${version}/`, "").replace("/latest/download/", "");
        const bytes = this.files.get(file);
        return bytes ? new Response(bytes) : new Response("none", { status: 404 });
      },
    );
  }

  static async start(
    version: string,
    programs: Readonly<Record<string, string>>,
  ): Promise<ReleaseServer> {
    const keys = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    const pair = keys as CryptoKeyPair;
    const der = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
    const body = btoa(String.fromCharCode(...der));
    const server = new ReleaseServer(
      `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----\n`,
      version,
    );
    const encoder = new TextEncoder();
    let list = "";
    for (const [name, text] of Object.entries({ ...programs, VERSION: `${version}\n` })) {
      const bytes = encoder.encode(text);
      server.files.set(name, bytes);
      list += `${
        encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))
      }  ${name}\n`;
    }
    server.files.set("SHA256SUMS", encoder.encode(list));
    const signature = await crypto.subtle.sign("Ed25519", pair.privateKey, encoder.encode(list));
    server.files.set("SHA256SUMS.sig", new Uint8Array(signature));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
