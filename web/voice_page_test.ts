import { assert, assertEquals } from "@std/assert";
import { ProtocolError } from "@chatcode/protocol";
import type { Page } from "playwright-core";
import { skipWhen } from "../kit/testing/skip.ts";
import { waitFor } from "../kit/testing/wait_for.ts";
import { missingChromium, PHONE } from "./testing/open_page.ts";
import { openTalk } from "./testing/open_talk.ts";

const noChromium = missingChromium();
/** A microphone that beeps once a second, and a person who allows everything. */
const MICROPHONE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];

const voice = (page: Page, state: string) =>
  page.locator(`[data-testid="composer"][data-voice="${state}"]`).waitFor();
const box = (page: Page) => page.getByTestId("prompt-box");
/** Recorded for at least this long, by the page's own clock. */
const recordedFor = (page: Page, text: string) =>
  page.getByTestId("recording").getByText(text).waitFor();

Deno.test({
  ...skipWhen(
    "held, a recording is shown with its level and time, and read before sending",
    noChromium,
  ),
  async fn() {
    await using opened = await openTalk({}, { flags: MICROPHONE });
    const { page, services, host, complaints } = opened;
    const heard: { bytes: Uint8Array; mediaType: string }[] = [];
    services.said = (bytes, mediaType) => {
      heard.push({ bytes, mediaType });
      return "run it again";
    };
    await box(page).fill("The test is fixed:");
    await page.getByTestId("voice").hover();
    await page.mouse.down();
    await voice(page, "recording");
    const tallest = () =>
      page.locator(".level > span").evaluateAll((bars) =>
        Math.max(...bars.map((bar) => bar.getBoundingClientRect().height))
      );
    await waitFor(async () => await tallest() > 8, { what: "the beep in the meter" });
    await recordedFor(page, "0:01");
    assertEquals(await page.getByTestId("send").isDisabled(), true);
    await page.mouse.up();
    await voice(page, "idle");
    assertEquals(await box(page).inputValue(), "The test is fixed: run it again");
    assertEquals(host.agents.prompts, []); // nothing is sent unseen
    assertEquals(heard[0]?.mediaType, "audio/webm;codecs=opus");
    assertEquals([...heard[0]!.bytes.subarray(0, 4)], [0x1a, 0x45, 0xdf, 0xa3]);
    await page.keyboard.press("Enter");
    await waitFor(() => host.agents.prompts.length > 0, { what: "the prompt" });
    assertEquals(host.agents.prompts, ["The test is fixed: run it again"]);
    assertEquals(complaints, []);
  },
});

Deno.test({
  ...skipWhen("slid away it is thrown away, and the microphone is let go", noChromium),
  async fn() {
    await using opened = await openTalk(PHONE, { flags: MICROPHONE });
    const { page, services } = opened;
    let asked = 0;
    services.said = () => `${++asked}`;
    const button = await page.getByTestId("voice").boundingBox();
    assert(button !== null);
    await page.mouse.move(button.x + 20, button.y + 20);
    await page.mouse.down();
    await voice(page, "recording");
    await recordedFor(page, "0:01");
    await page.mouse.move(button.x + 150, button.y + 20, { steps: 5 });
    await page.getByText("Let go: thrown away").waitFor();
    await page.mouse.up();
    await voice(page, "idle");
    assertEquals([asked, await box(page).inputValue()], [0, ""]);
  },
});

Deno.test({
  ...skipWhen("by the keyboard alone: it begins, ends, and Escape throws it away", noChromium),
  async fn() {
    await using opened = await openTalk({}, { flags: MICROPHONE });
    const { page, services } = opened;
    services.said = () => "by hand";
    await page.getByTestId("voice").waitFor(); // else Tab leads past it
    await box(page).focus();
    await page.keyboard.press("Tab"); // to the menu of what can be attached
    await page.keyboard.press("Tab");
    assertEquals(await page.evaluate(() => document.activeElement?.ariaLabel), "Speak");
    await page.keyboard.press("Enter");
    await voice(page, "recording");
    await recordedFor(page, "0:01");
    await page.keyboard.press("Escape");
    await voice(page, "idle");
    assertEquals(await box(page).inputValue(), "");
    await page.keyboard.press("Space");
    await voice(page, "recording");
    await recordedFor(page, "0:01");
    await page.keyboard.press("Enter");
    await voice(page, "idle");
    assertEquals(await box(page).inputValue(), "by hand");
  },
});

Deno.test({
  ...skipWhen("a tap records until the next; what fails is kept and sent again", noChromium),
  async fn() {
    await using opened = await openTalk(PHONE, { flags: MICROPHONE });
    const { page, services } = opened;
    services.said = () => {
      throw new ProtocolError("RATE_LIMITED", "Cannot transcribe: the endpoint is busy", {
        retryAfterMs: 7_000,
      });
    };
    await page.getByTestId("voice").tap();
    await voice(page, "recording");
    await recordedFor(page, "0:01");
    await page.getByTestId("voice").tap();
    await page.getByText("the endpoint is busy. Try again in 7 s").waitFor();
    services.said = () => "at last";
    await page.getByRole("button", { name: "Try again" }).tap();
    await voice(page, "idle");
    assertEquals(await box(page).inputValue(), "at last");
    services.said = () => "";
    await page.getByTestId("voice").tap();
    await recordedFor(page, "0:01");
    await page.getByTestId("voice").tap();
    await page.getByText("No words were heard.").waitFor();
    await page.getByRole("button", { name: "Dismiss" }).tap();
    await voice(page, "idle");
  },
});

for (
  const [name, flags, permissions, words] of [
    ["refused", ["--use-fake-device-for-media-stream"], [], "The microphone is not allowed"],
    ["missing", [], ["microphone"], "There is no microphone"],
  ] as [string, string[], string[], string][]
) {
  Deno.test({
    ...skipWhen(`a microphone that is ${name} is told of`, noChromium),
    async fn() {
      await using opened = await openTalk({ permissions }, { flags });
      await opened.page.getByTestId("voice").click();
      await opened.page.getByTestId("voice-trouble").getByText(words).waitFor();
      assertEquals(await box(opened.page).isEditable(), true);
    },
  });
}

Deno.test({
  ...skipWhen("where no endpoint is set up, the button says so and records nothing", noChromium),
  async fn() {
    await using opened = await openTalk({}, { flags: MICROPHONE });
    const { page, services } = opened;
    services.voice.isReady = false;
    await page.reload();
    await page.getByTestId("voice").click();
    await page.getByTestId("voice-trouble").getByText("CHATCODE_STT_URL").waitFor();
  },
});
