import type { HostId, MethodResult } from "@chatcode/protocol";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { copyText } from "../../lib/clipboard.ts";
import type { Connection } from "../../lib/connection.ts";
import { usePreview } from "../../lib/files/use_preview.ts";
import { fileSize } from "../../lib/words.ts";
import { Icon } from "../Icon.tsx";

/** "Copied" is shown this long. */
const COPIED_MS = 4_000;

/** What is in a file, and ways to take it along. */
export function PreviewPane(
  { connection, host, path, place, onBack, actions }: {
    connection: Connection;
    host: HostId;
    path: string;
    /** The path in short. */
    place: string;
    /** To the folder. */
    onBack: () => void;
    /** More that can be done with it. */
    actions?: ((link: MethodResult<"previews.create">) => ComponentChildren) | undefined;
  },
) {
  const { preview, again, keep } = usePreview(connection, host, path);
  const [copied, setCopied] = useState<string | undefined>();
  const name = path.slice(path.lastIndexOf("/") + 1);
  useEffect(() => {
    if (copied === undefined) return;
    const timer = setTimeout(() => setCopied(undefined), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  useEffect(() => setCopied(undefined), [path]);
  const link = preview.state === "shown" ? preview.link : undefined;
  const address = link && new URL(link.url, location.href).href;
  return (
    <section class="preview" aria-label={`Preview of ${name}`} data-testid="preview">
      <header class="preview-head">
        <button
          type="button"
          class="quiet icon-only preview-back"
          aria-label="Back to the folder"
          onClick={onBack}
        >
          <Icon name="back" />
        </button>
        <div class="preview-title">
          <h3>{name}</h3>
          <p class="note">
            <span class="path" title={path}>{place}</span>
            {link !== undefined && <span>{fileSize(link.size)}</span>}
          </p>
        </div>
      </header>
      {link !== undefined && address !== undefined && (
        <div class="preview-actions">
          {actions?.(link)}
          <a
            class="button"
            href={isFramed(link.mediaType) ? address : withQuery(address, "raw")}
            target="_blank"
            rel="noopener"
            data-testid="preview-open"
            onClick={keep}
          >
            <Icon name="outside" /> Open in a new tab
          </a>
          <a
            class="button"
            href={withQuery(address, "download")}
            download={link.name}
            data-testid="preview-download"
            onClick={keep}
          >
            <Icon name="download" /> Download
          </a>
          <button
            type="button"
            data-testid="preview-copy"
            onClick={async () => {
              keep();
              setCopied(
                await copyText(address)
                  ? "Copied. Whoever has the link sees the file, for five minutes."
                  : "The browser did not let it be copied.",
              );
            }}
          >
            <Icon name="link" /> Copy link (5 min)
          </button>
        </div>
      )}
      <p class="preview-note" role="status">{copied}</p>
      <div class="preview-body">
        {preview.state === "loading" && <p class="note preview-words">Looking…</p>}
        {preview.state === "failed" && (
          <div class="preview-words" role="alert" data-testid="preview-failed">
            <p>{preview.message}</p>
            <button type="button" onClick={again}>Try again</button>
          </div>
        )}
        {preview.state === "expired" && (
          <div class="preview-words">
            <p>The link to this file lasted five minutes.</p>
            <button type="button" onClick={again}>Show it again</button>
          </div>
        )}
        {link !== undefined && address !== undefined && (
          isFramed(link.mediaType)
            ? (
              // Nothing in a file may run, nor reach this page: neither the relay's policy for the
              // answer nor this frame lets it. Links in it open tabs of their own.
              <iframe
                src={withQuery(address, "framed")}
                sandbox="allow-downloads allow-popups allow-popups-to-escape-sandbox"
                title={`Contents of ${name}`}
                referrerpolicy="no-referrer"
                data-testid="preview-frame"
              />
            )
            : (
              <div class="preview-words">
                <Icon name="file" />
                <p>Browsers show this kind of file in a tab of its own.</p>
              </div>
            )
        )}
      </div>
    </section>
  );
}

/** A browser's own viewer for PDF does not run in a sandbox. */
function isFramed(mediaType: string): boolean {
  return mediaType !== "application/pdf";
}

function withQuery(address: string, query: string): string {
  return `${address}${address.includes("?") ? "&" : "?"}${query}`;
}
