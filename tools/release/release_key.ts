/** The Ed25519 key that releases are signed with. */
export class ReleaseKey {
  readonly #private: CryptoKey;
  /** 32 bytes. */
  readonly #public: Bytes;

  private constructor(privateKey: CryptoKey, publicKey: Bytes) {
    this.#private = privateKey;
    this.#public = publicKey;
  }

  /** A new one, as PEM (PKCS #8), to be kept where nobody else reads it. */
  static async generate(): Promise<string> {
    const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    const der = await crypto.subtle.exportKey("pkcs8", (pair as CryptoKeyPair).privateKey);
    return `-----BEGIN PRIVATE KEY-----\n${
      new Uint8Array(der).toBase64()
    }\n-----END PRIVATE KEY-----\n`;
  }

  /** @throws {RangeError} if it is no Ed25519 key in PEM (PKCS #8) */
  static async parse(pem: string): Promise<ReleaseKey> {
    try {
      const der = Uint8Array.fromBase64(pem.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, ""));
      const key = await crypto.subtle.importKey("pkcs8", der, "Ed25519", true, ["sign"]);
      const { x } = await crypto.subtle.exportKey("jwk", key);
      return new ReleaseKey(key, Uint8Array.fromBase64(x ?? "", { alphabet: "base64url" }));
    } catch (cause) {
      throw new RangeError("Cannot read the key: want an Ed25519 key as PEM (PKCS #8)", { cause });
    }
  }

  /** The body of the public key's PEM (SubjectPublicKeyInfo): one line of base64. */
  get publicBody(): string {
    // RFC 8410: the prefix of every such key.
    return join(Uint8Array.fromHex("302a300506032b6570032100"), this.#public).toBase64();
  }

  get publicPem(): string {
    return `-----BEGIN PUBLIC KEY-----\n${this.publicBody}\n-----END PUBLIC KEY-----\n`;
  }

  /** As in ~/.ssh/authorized_keys. */
  get publicSsh(): string {
    return `ssh-ed25519 ${this.#sshBlob.toBase64()}`;
  }

  /** 64 bytes, as `openssl pkeyutl -verify -rawin` takes them. */
  async sign(message: Bytes): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.sign("Ed25519", this.#private, message));
  }

  /**
   * As `ssh-keygen -Y verify` takes it, for macOS, whose own openssl knows no Ed25519.
   * https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
   */
  async signForSsh(message: Bytes, namespace: string): Promise<string> {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", message));
    const head = join(text("SSHSIG"));
    const about = join(string(text(namespace)), string(text("")), string(text("sha512")));
    const signature = await this.sign(join(head, about, string(digest)));
    const version = new Uint8Array([0, 0, 0, 1]);
    const signed = string(join(string(text("ssh-ed25519")), string(signature)));
    const blob = join(head, version, string(this.#sshBlob), about, signed).toBase64();
    const lines = blob.match(/.{1,70}/g) ?? [];
    return ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----", ""].join(
      "\n",
    );
  }

  get #sshBlob(): Bytes {
    return join(string(text("ssh-ed25519")), string(this.#public));
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

const text = (value: string): Bytes => new TextEncoder().encode(value);

/** SSH's string: a length of four bytes, then the bytes. */
function string(bytes: Bytes): Bytes {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return join(length, bytes);
}

function join(...parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}
