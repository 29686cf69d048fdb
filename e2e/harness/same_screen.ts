import { assertEquals } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { Site } from "./site.ts";
import type { TerminalPage } from "./terminal_page.ts";

/** Waits until the page shows exactly what tmux has, and that `fits`. */
export async function sameScreen(
  site: Site,
  terminal: TerminalPage,
  session: string,
  fits: (screen: string[]) => boolean = () => true,
): Promise<void> {
  await waitFor(async () => {
    const [page, tmux] = [await terminal.screen(), await site.tmux.screen(session)];
    assertEquals(page, tmux);
    return fits(page);
  }, { what: "the page to show what tmux has" });
}
