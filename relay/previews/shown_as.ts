/** How a link shows a file without being told otherwise. */
export type ShownAs = "raw" | "text" | "markdown" | "diff" | "none";

const IMAGES = new Set(
  ["png", "jpeg", "gif", "webp", "avif", "bmp", "svg+xml", "x-icon", "vnd.microsoft.icon"]
    .map((type) => `image/${type}`),
);

export function shownAs(name: string, mediaType: string): ShownAs {
  if (isShownByBrowsers(mediaType)) return "raw";
  if (mediaType === "text/markdown") return "markdown";
  if (/\.(diff|patch)$/i.test(name)) return "diff";
  return isText(mediaType) ? "text" : "none";
}

/** The type under which the bytes go out. HTML and the like are only ever text. */
export function rawType(mediaType: string): string {
  if (isShownByBrowsers(mediaType)) return mediaType;
  return isText(mediaType) ? "text/plain; charset=utf-8" : "application/octet-stream";
}

/**
 * What a browser may get under its own type: nothing of it runs in a sandbox without scripts. Chromium
 * shows PDF in a viewer apart, which the sandbox does not keep from working.
 */
function isShownByBrowsers(mediaType: string): boolean {
  return IMAGES.has(mediaType) || /^(audio|video)\//.test(mediaType) ||
    mediaType === "application/pdf";
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith("text/") ||
    /^application\/(.*\+)?(json|xml|javascript|ecmascript|toml|x-sh|sql|x-httpd-php|yaml|x-yaml|xhtml)$/
      .test(mediaType) ||
    mediaType === "application/xhtml+xml";
}
