import { assertEquals } from "@std/assert";
import { rawType, shownAs } from "./shown_as.ts";

Deno.test("[PV2] how a file is shown, and the type under which its bytes go out", () => {
  const cases: [string, string, string, string][] = [
    ["a.png", "image/png", "raw", "image/png"],
    ["a.svg", "image/svg+xml", "raw", "image/svg+xml"],
    ["a.pdf", "application/pdf", "raw", "application/pdf"],
    ["a.mp4", "video/mp4", "raw", "video/mp4"],
    ["a.md", "text/markdown", "markdown", "text/plain; charset=utf-8"],
    ["a.patch", "text/plain", "diff", "text/plain; charset=utf-8"],
    ["a.html", "text/html", "text", "text/plain; charset=utf-8"],
    ["a.xhtml", "application/xhtml+xml", "text", "text/plain; charset=utf-8"],
    ["a.js", "text/javascript", "text", "text/plain; charset=utf-8"],
    ["a.json", "application/json", "text", "text/plain; charset=utf-8"],
    ["a.tiff", "image/tiff", "none", "application/octet-stream"],
    ["a.zip", "application/zip", "none", "application/octet-stream"],
    ["a", "application/octet-stream", "none", "application/octet-stream"],
  ];
  for (const [name, type, shown, raw] of cases) {
    assertEquals([shownAs(name, type), rawType(type)], [shown, raw], name);
  }
});
