import { assertEquals } from "@std/assert";
import { skipWhen } from "../kit/testing/skip.ts";
import { waitFor } from "../kit/testing/wait_for.ts";
import { missingChromium, openPage } from "./testing/open_page.ts";

const noChromium = missingChromium();

Deno.test({
  ...skipWhen("Telegram is linked by a deep link, tried, set up and unlinked", noChromium),
  async fn() {
    await using opened = await openPage();
    const { page, origin, services, complaints } = opened;
    await page.goto(`${origin}/settings`);
    await page.getByTestId("telegram-page").click();
    await page.getByTestId("telegram-checks").getByText("turn on Threaded Mode").waitFor();

    await page.getByTestId("telegram-link").click();
    const href = await page.getByTestId("telegram-open").getAttribute("href");
    assertEquals(href, `https://t.me/chatcode_bot?start=${"c".repeat(43)}`);
    services.telegramLinked = {
      name: "Ada L",
      linkedAtMs: Date.UTC(2026, 10, 20),
      group: null,
      suspended: null,
    };
    await page.getByTestId("telegram-linked").getByText("Ada L").waitFor();
    await page.getByTestId("telegram-hello").click();
    await waitFor(() => services.telegramSaid.length === 1, { what: "the test message" });

    await page.getByTestId("telegram-done").selectOption("silent");
    await waitFor(() => services.telegramSettings.kinds.done === "silent", { what: "the kinds" });
    await page.getByTestId("telegram-progress").selectOption("full");
    await waitFor(() => services.telegramSettings.progress === "full", { what: "the progress" });
    await page.getByTestId("telegram-quiet").click();
    await waitFor(() => services.telegramSettings.quiet?.from === "22:00", { what: "quiet hours" });
    await page.getByTestId("telegram-away").click();
    await waitFor(() => !services.telegramSettings.onlyWhenAway, { what: "the sound" });

    await page.reload();
    assertEquals(await page.getByTestId("telegram-done").inputValue(), "silent");
    await page.getByTestId("telegram-unlink").click();
    await page.getByRole("dialog").getByRole("button", { name: "Unlink" }).click();
    await page.getByTestId("telegram-link").waitFor();
    assertEquals(services.telegramLinked, null);
    assertEquals(complaints, []);
  },
});

Deno.test({
  ...skipWhen("without a bot the page tells how to set one up", noChromium),
  async fn() {
    await using opened = await openPage();
    const { page, origin, services, complaints } = opened;
    services.telegram = null;
    await page.goto(`${origin}/settings/telegram`);
    await page.getByText("This relay has no bot yet").waitFor();
    await page.getByText("/newbot").waitFor();
    assertEquals(complaints, []);
  },
});
