import type { AgentId } from "@chatcode/protocol";
import { findChromium } from "../../kit/testing/chromium.ts";
import { skipWhen } from "../../kit/testing/skip.ts";
import { DESKTOP, PHONE, TestBrowser } from "../harness/browser.ts";
import { signIn } from "../harness/journey.ts";
import { AgentSite } from "./agent_site.ts";
import { installAgents } from "./install.ts";
import { AGENT_CLIS } from "./lab.ts";

const agents = await installAgents();
const chromium = findChromium();
const missing = agents.missing ?? ("missing" in chromium ? chromium.missing : undefined);

for (const agent of Object.keys(AGENT_CLIS) as AgentId[]) {
  Deno.test({
    ...skipWhen(`${agent} in the browser: prompt, answer, allow and deny`, missing),
    async fn() {
      await using site = await AgentSite.open(agents);
      await using browser = await TestBrowser.launch();
      const session = await site.start(agent);
      await using tab = await browser.tab(agent === "claude" ? PHONE : DESKTOP);
      const { page } = tab;
      page.setDefaultTimeout(60_000); // an agent may be slow on a busy machine
      await signIn(page, await site.relay.signInLink());
      await page.goto(`${site.relay.url}/s/${site.host}/${session.id}`);
      await page.getByTestId("view-conversation").click();
      const send = async (text: string) => {
        await page.getByTestId("prompt-box").fill(text);
        await page.getByTestId("send").click();
      };
      try {
        await send("greet [[say:Hello from the model]]");
        await page.getByTestId("final").getByText("Hello from the model").waitFor();
        await session.idle();
        for (const verdict of ["allow", "deny"]) {
          await send(`${verdict} it [[tool:touch ${verdict}.txt]] [[say:after ${verdict}]]`);
          await page.getByTestId("approval").getByText(`touch ${verdict}.txt`).waitFor();
          await page.getByTestId(`verdict-${verdict}`).click();
          await page.getByTestId("approval").waitFor({ state: "detached" });
          await session.idle();
        }
      } catch (cause) {
        const shown = await page.locator("main, body").first().innerText();
        throw new Error(`${cause}\nThe page:\n${shown}\nThe screens:\n${await site.screens()}`, {
          cause,
        });
      }
      const made = (name: string) =>
        Deno.stat(`${site.workspace}/${name}.txt`).then(() => true, () => false);
      if (!await made("allow") || await made("deny")) throw new Error("The answers were not kept");
      if (Deno.env.get("CHATCODE_SCREENSHOTS") === "1") {
        const path = new URL(`../../docs/screenshots/conversation-${agent}.png`, import.meta.url);
        await page.screenshot({ path: path.pathname });
      }
      tab.assertClean();
    },
  });
}
