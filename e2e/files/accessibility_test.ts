import { skipWhen } from "../../kit/testing/skip.ts";
import { dropFiles, PIXEL, textFile } from "../../web/testing/hand_files.ts";
import { missingChromium, PHONE } from "../../web/testing/open_page.ts";
import { openTalk } from "../../web/testing/open_talk.ts";
import { playedTalk } from "../../web/testing/played_talk.ts";
import { assertAccessible } from "../harness/axe.ts";
import { screenshot } from "../harness/screenshot.ts";

/** The size of the pictures in the docs. */
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const MICROPHONE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];

/** What lies in the played workspace. */
const FILES: readonly [path: string, text: string][] = [
  ["README.md", "# Shop\n\nA small shop.\n"],
  ["package.json", '{\n  "name": "shop"\n}\n'],
  ["docs/plan.md", "# The plan\n"],
  ["src/cart.ts", "export const cart = [];\n"],
  [
    "shop/src/auth/session.ts",
    "export function isValid(session: Session): boolean {\n" +
    "  // Milliseconds since 1970.\n  return session.expiresAt > Date.now();\n}\n",
  ],
  ["shop/src/auth/cookie.ts", "export const NAME = 'shop';\n"],
];

for (const colorScheme of ["light", "dark"] as const) {
  for (const [device, size] of [["desktop", DESKTOP], ["phone", PHONE]] as const) {
    Deno.test({
      ...skipWhen(
        `axe finds nothing serious while speaking, attaching and browsing, ${colorScheme}, ${device}`,
        missingChromium(),
      ),
      async fn() {
        await using opened = await openTalk({ ...size, colorScheme }, {
          turns: playedTalk().slice(0, 9),
          flags: MICROPHONE,
        });
        const { page, host, services } = opened;
        const shot = async (name: string) => {
          if (colorScheme === "dark" && name.endsWith(device)) await screenshot(page, name);
        };
        for (const [path, text] of FILES) host.files.put(path, text);
        await assertAccessible(page, "a conversation with paths");
        await page.locator("summary", { hasText: "Attach" }).click();
        await assertAccessible(page, "the menu to attach");
        await page.keyboard.press("Escape");

        const talk = page.getByTestId("talk-scroll");
        const chip = (state: string) =>
          page.locator(`[data-testid="chip"][data-state="${state}"]`).waitFor();
        await dropFiles(talk, [PIXEL], ["dragenter", "dragover"]);
        await assertAccessible(page, "files over the conversation");
        await dropFiles(talk, [PIXEL], ["drop"]);
        await chip("done");
        const { promise, resolve } = Promise.withResolvers<void>();
        host.files.hold = promise;
        await dropFiles(talk, [textFile("night.log", "x".repeat(90_000))]);
        await chip("sending");
        host.files.refuses = { code: "DISK_FULL", message: "The disk is full", status: 507 };
        await dropFiles(talk, [textFile("dump.sql", "x".repeat(1_000))]);
        await chip("failed");
        await assertAccessible(page, "files on their way");
        resolve();

        await page.getByTestId("voice").click();
        await page.getByTestId("recording").getByText("0:03").waitFor();
        await assertAccessible(page, "a recording");
        await page.getByRole("button", { name: "Remove dump.sql" }).click();
        await shot("voice-phone");
        services.said = () => "";
        await page.getByTestId("voice").click();
        await page.getByTestId("voice-trouble").waitFor();
        await assertAccessible(page, "a recording without words");

        await page.getByTestId("open-files").click();
        await page.getByTestId("entry").first().waitFor();
        await assertAccessible(page, "a machine's files");
        await page.keyboard.press("Escape");
        await page.getByText("src/auth/session.ts").last().click();
        await page.frameLocator("iframe").getByText("isValid").waitFor();
        await assertAccessible(page, "a preview");
        await shot("files-desktop");
        await page.keyboard.press("Escape");
        host.files.offline = true;
        await page.getByTestId("open-files").click();
        await page.getByTestId("files-failed").waitFor();
        await assertAccessible(page, "files of a machine that is gone");
      },
    });
  }
}
