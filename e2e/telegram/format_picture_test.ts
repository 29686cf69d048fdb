import { assertEquals } from "@std/assert";
import { skipWhen } from "../../kit/testing/skip.ts";
import {
  chunks,
  ENTITIES_MAX,
  MESSAGE_UNITS_MAX,
  richText,
} from "../../relay/telegram/format/mod.ts";
import { ink } from "../../relay/telegram/format/testing/judge.ts";
import { missingChromium, TestBrowser } from "../harness/browser.ts";
import { screenshot } from "../harness/screenshot.ts";
import { chatPage } from "./chat_page.ts";
import { SAMPLES } from "./hostile_samples.ts";

Deno.test({
  ...skipWhen("[TG4] hostile samples as a person sees them", missingChromium()),
  async fn() {
    const columns = SAMPLES.map(({ name, markdown, units = MESSAGE_UNITS_MAX }) => ({
      name,
      messages: chunks(richText(markdown), { units, entities: ENTITIES_MAX }),
    }));
    await using browser = await TestBrowser.launch();
    await using tab = await browser.tab({ width: 2_090, height: 1_000 });
    await tab.page.setContent(chatPage(columns));
    const drawn = await tab.page.locator(".bubble").allTextContents();
    const sent = columns.flatMap(({ messages }) => messages.map(({ text }) => text));
    assertEquals(drawn.map(ink), sent.map(ink));
    const wide = await tab.page.locator(".bubble").evaluateAll((bubbles) =>
      bubbles.filter((bubble) => bubble.scrollWidth > bubble.clientWidth).length
    );
    assertEquals(wide, 0, "nothing reaches over its bubble");
    tab.assertClean();
    await screenshot(tab.page, "telegram-format");
  },
});
