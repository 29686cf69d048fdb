import type { Page } from "./browser.ts";
import { ROOT } from "./root.ts";

/** Set to 1, the journeys write the pictures that the docs show. */
export const SCREENSHOTS_VARIABLE = "CHATCODE_SCREENSHOTS";

/** Writes `docs/screenshots/<name>.png` if asked to, so that else the tree stays as it is. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (Deno.env.get(SCREENSHOTS_VARIABLE) !== "1") return;
  const folder = new URL("docs/screenshots/", ROOT);
  await Deno.mkdir(folder, { recursive: true });
  await page.screenshot({ path: new URL(`${name}.png`, folder).pathname, scale: "css" });
}
