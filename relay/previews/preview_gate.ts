import type { Clock, Log } from "@chatcode/kit";
import { httpStatus, ProtocolError } from "@chatcode/protocol";
import type { Auth } from "../auth/auth.ts";
import { type OpenedFile, openFile } from "../files/download.ts";
import type { Operations } from "../operations.ts";
import type { Knock } from "../sockets/upgrade.ts";
import { disposition, previewHeaders } from "./preview_headers.ts";
import { PageRenderer } from "./page_renderer.ts";
import type { GrantPrincipal, LinkCheck, Previews } from "./previews.ts";
import { type OpenRange, rawResponse } from "./raw_response.ts";
import { rawType, shownAs } from "./shown_as.ts";

export interface PreviewGateParts {
  readonly previews: Previews;
  readonly operations: Operations;
  readonly auth: Auth;
  /** The origin of the app's pages, which may frame what is shown. */
  readonly pages: string;
  readonly clock: Clock;
  readonly log: Log;
}

type Good = Extract<LinkCheck, { state: "good" }>;

/** `/p/<grant>`: shows the file that a link is for. SPEC [PV1] [PV2]. */
export class PreviewGate implements Disposable {
  readonly #parts: PreviewGateParts;
  readonly #renderer: PageRenderer;

  constructor(parts: PreviewGateParts) {
    this.#parts = parts;
    this.#renderer = new PageRenderer(parts);
  }

  [Symbol.dispose](): void {
    this.#renderer[Symbol.dispose]();
  }

  async knock({ req, address }: Knock): Promise<Response> {
    const { auth, log, previews } = this.#parts;
    if (req.method !== "GET" && req.method !== "HEAD") {
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    }
    const rate = auth.rateLimit.take("page", address);
    if (rate.state === "limited") {
      const headers = this.#headers();
      headers.set("retry-after", String(Math.ceil(rate.retryAfterMs / 1000)));
      return new Response("Too many tries\n", { status: 429, headers });
    }
    const url = new URL(req.url);
    const [token = "", ...rest] = url.pathname.slice("/p/".length).split("/");
    const otherPath = rest.length > 0 || url.searchParams.has("path");
    const check = await previews.check(token, { otherPath });
    if (check.state === "refused") {
      log.info("preview.refused", { why: check.why, ...(check.id && { grant: check.id }) });
      return await this.#refusal(req);
    }
    auth.rateLimit.giveBack("page", address);
    return await this.#show(req, url.searchParams, check);
  }

  async #show(req: Request, query: URLSearchParams, good: Good): Promise<Response> {
    try {
      const open = this.#opener(good);
      if (query.has("download")) {
        return await rawResponse(req, open, ({ facts }) => this.#download(facts.name));
      }
      const { path, mediaType } = good.row;
      const shown = shownAs(path, mediaType);
      if (query.has("raw") || shown === "raw") {
        return await rawResponse(req, open, ({ facts }) => this.#raw(facts.name, mediaType));
      }
      const renderer = this.#renderer;
      const { showPage } = await import("./show_page.ts");
      const { html, etag } = await showPage({ open, shown, query, renderer });
      return this.#page(req, html, { etag });
    } catch (thrown) {
      if (!(thrown instanceof ProtocolError)) throw thrown;
      return await this.#failure(req, thrown);
    }
  }

  /** Opens the link's file; what is sent of it ends with the link. */
  #opener({ id, row, principal }: Good): OpenRange {
    const { operations, previews } = this.#parts;
    return async (range) => {
      const socket = operations.hostFor(principal, "file.read", row.host);
      const scope = { account: principal.account, host: row.host, socket };
      return watched(previews, { id, principal }, await openFile(scope, row.path, range));
    };
  }

  #headers(more: { styleHash?: string; sandbox?: string } = {}): Headers {
    return previewHeaders({ pages: this.#parts.pages, ...more });
  }

  #download(name: string): Headers {
    const headers = this.#headers();
    headers.set("content-type", "application/octet-stream");
    headers.set("content-disposition", disposition("attachment", name));
    return headers;
  }

  #raw(name: string, mediaType: string): Headers {
    const type = rawType(mediaType);
    const headers = this.#headers();
    headers.set("content-type", type);
    const kind = type === "application/octet-stream" ? "attachment" : "inline";
    headers.set("content-disposition", disposition(kind, name));
    return headers;
  }

  async #page(
    req: Request,
    html: string,
    more: { status?: number; etag?: string } = {},
  ): Promise<Response> {
    const { STYLE_HASH } = await import("./pages/page.ts");
    // Links may open their own tabs, which are no part of the sandbox.
    const sandbox = "sandbox allow-downloads allow-popups allow-popups-to-escape-sandbox";
    const headers = this.#headers({ styleHash: STYLE_HASH, sandbox });
    headers.set("content-type", "text/html; charset=utf-8");
    const { status = 200, etag } = more;
    if (etag !== undefined) {
      headers.set("etag", etag);
      if (req.headers.get("if-none-match")?.split(",").some((tag) => tag.trim() === etag)) {
        return new Response(null, { status: 304, headers });
      }
    }
    return new Response(req.method === "HEAD" ? null : html, { status, headers });
  }

  /** One and the same for every link that does not count. */
  async #refusal(req: Request): Promise<Response> {
    return await this.#notice(req, 404, {
      title: "This link shows nothing",
      text: "Links to files work for five minutes. Ask for a new one.",
    });
  }

  async #failure(req: Request, error: ProtocolError): Promise<Response> {
    const text = error.code === "HOST_OFFLINE"
      ? "The machine is offline. Try again when it is back."
      : error.code === "FILE_NOT_FOUND" || error.code === "FILE_NOT_ALLOWED"
      ? "The file is gone, or may no longer be read."
      : "The machine did not send it. Try again.";
    return await this.#notice(req, httpStatus(error.code), {
      title: "The file cannot be shown",
      text,
    });
  }

  async #notice(
    req: Request,
    status: number,
    { title, text }: { title: string; text: string },
  ): Promise<Response> {
    const [{ pageHtml }, { noticeContent }] = await Promise.all([
      import("./pages/page.ts"),
      import("./pages/notice_page.ts"),
    ]);
    const head = { name: "Chatcode", canDownload: false };
    return await this.#page(req, pageHtml(head, noticeContent(title, text)), { status });
  }
}

/** The file, cut as soon as its link no longer counts. */
function watched(
  previews: Previews,
  { id, principal }: { id: string; principal: GrantPrincipal },
  file: OpenedFile,
): OpenedFile {
  const watch = previews.whileGood(id, principal, () => file.cancel());
  const cancel = () => {
    watch[Symbol.dispose]();
    file.cancel();
  };
  const reader = file.body.getReader();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        watch[Symbol.dispose]();
        controller.close();
      } catch (error) {
        watch[Symbol.dispose]();
        controller.error(error);
      }
    },
    cancel,
  }, { highWaterMark: 0 });
  return { facts: file.facts, body, cancel };
}
