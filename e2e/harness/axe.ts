import { assertEquals } from "@std/assert";
import axe from "axe-core";
import type { Page } from "./browser.ts";

interface Violation {
  readonly id: string;
  readonly impact?: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** Fails on what axe-core finds serious or critical on the page as it stands. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  // By the debugger, past the page's content policy, which rightly forbids foreign scripts.
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const results = await (globalThis as unknown as {
      axe: { run(): Promise<{ violations: Violation[] }> };
    }).axe.run();
    return results.violations.map(({ id, impact, help, nodes }) => ({
      id,
      impact: impact ?? "none",
      help,
      nodes: nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)),
    }));
  });
  const bad = found.filter(({ impact }) => impact === "serious" || impact === "critical");
  assertEquals(bad, [], `axe-core on ${where}`);
}
