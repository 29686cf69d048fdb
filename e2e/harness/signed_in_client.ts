import type { Relay } from "./relay.ts";

/** A browser's HTTP side without the browser: a cookie, its token against forgery, and our Origin. */
export class SignedInClient {
  private constructor(
    readonly url: string,
    readonly cookie: string,
    readonly csrfToken: string,
  ) {}

  /** Signs in by a link of its own. */
  static async open(relay: Relay): Promise<SignedInClient> {
    const { origin, hash } = new URL(await relay.signInLink());
    const signedIn = await fetch(`${origin}/api/sign-in`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: JSON.stringify({ token: hash.slice(1) }),
    });
    await signedIn.body?.cancel();
    const [cookie = ""] = (signedIn.headers.get("set-cookie") ?? "").split(";");
    const page = await fetch(`${origin}/sessions`, { headers: { cookie } });
    const [, token] = /name="csrf-token" content="([^"]+)"/.exec(await page.text()) ?? [];
    if (token === undefined) throw new Error(`Cannot sign in: ${signedIn.status}`);
    return new SignedInClient(origin, cookie, token);
  }

  /** As a page of ours would ask; `headers` win. */
  async ask(
    method: string,
    path: string,
    options: { body?: BodyInit; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Response> {
    const { headers, ...rest } = options;
    const { cookie, csrfToken, url: origin } = this;
    return await fetch(new URL(path, this.url), {
      method,
      headers: { cookie, origin, "x-csrf-token": csrfToken, ...headers },
      ...rest,
    });
  }
}
