/** Names the Chromium to use; the test command sets it to the one it found or installed. */
export const CHROMIUM_VARIABLE = "CHATCODE_CHROMIUM";

export const CHROMIUM_FLAGS: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export type ChromiumForTests =
  | { readonly path: string; readonly missing: undefined }
  | { readonly path: undefined; readonly missing: string }; // the reason to skip

/** The Chromium for browser tests: `skipWhen("paints", findChromium().missing)`. */
export function findChromium(): ChromiumForTests {
  const named = Deno.env.get(CHROMIUM_VARIABLE);
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  const places = named ? [named] : folders.map((folder) => `${folder}/chromium`);
  for (const path of places) {
    try {
      if (Deno.statSync(path).isFile) return { path, missing: undefined };
    } catch {
      // Not here: look on.
    }
  }
  return {
    path: undefined,
    missing: named ? `no Chromium at ${named}` : "no Chromium on the PATH",
  };
}
