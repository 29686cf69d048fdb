import { assertEquals, assertStringIncludes } from "@std/assert";
import { skipWhen } from "../kit/testing/skip.ts";
import { missingChromium, type Page } from "./harness/browser.ts";
import { Gateway } from "./harness/gateway.ts";
import { Journey } from "./harness/journey.ts";
import { PaneTmux } from "./harness/pane_tmux.ts";

Deno.test({
  ...skipWhen("machines are added, renamed, given new tokens and removed", missingChromium()),
  async fn() {
    await using journey = await Journey.begin();
    const { site } = journey;
    const tab = await journey.signedInTab();
    const { page } = tab;
    await page.getByRole("link", { name: "Machines" }).click();
    await page.waitForURL("**/machines");
    await online(page, "workstation", "Online");

    // Add: the command has what the machine needs.
    await page.getByTestId("add-machine").click();
    await page.getByLabel("What do you call it?").fill("second machine");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("The parts, for another way").click();
    const credentials = await readCredentials(page);
    const command = await page.getByTestId("install-command").innerText();
    assertStringIncludes(command, site.relay.url);
    assertStringIncludes(await page.getByTestId("host-arrival").innerText(), "Waiting");

    await using tmux = new PaneTmux();
    await Deno.mkdir(`${site.folder}/state2`);
    await using gateway = await Gateway.start({
      ...credentials,
      url: site.relay.url,
      tmuxSocket: tmux.socketName,
      stateDir: `${site.folder}/state2`,
      workspace: site.workspace,
    });
    await page.getByText("second machine is connected").waitFor();
    await page.getByRole("button", { name: "Done" }).click();
    await online(page, "second machine", "Online");

    // Rename.
    await choose(page, "second machine", "Rename");
    await page.getByLabel("New name").fill("other machine");
    await page.getByRole("button", { name: "Rename" }).last().click();
    await online(page, "other machine", "Online");

    // Rotate: the old token's connection is cut at once, and its gateway gives up.
    await choose(page, "other machine", "New token");
    await page.getByRole("button", { name: "Make a new token" }).click();
    await page.getByText("The parts, for another way").click();
    const rotated = await readCredentials(page);
    assertEquals(rotated.id, credentials.id);
    assertEquals(rotated.token === credentials.token, false);
    await page.getByRole("button", { name: "Done" }).click();
    await online(page, "other machine", "Offline");
    assertEquals((await gateway.child.ended()).code, 4, gateway.child.tail());

    // Remove.
    await choose(page, "other machine", "Remove");
    await page.getByRole("button", { name: "Remove" }).last().click();
    await page.getByTestId("machine").nth(1).waitFor({ state: "detached" });
    await online(page, "workstation", "Online");
    tab.assertClean();
  },
});

async function online(page: Page, name: string, words: string): Promise<void> {
  await page.getByTestId("machine").filter({ hasText: name }).getByTestId("online")
    .filter({ hasText: words }).waitFor();
}

async function choose(page: Page, machine: string, action: string): Promise<void> {
  await page.getByLabel(`Actions for ${machine}`).click();
  await page.getByTestId("machine").filter({ hasText: machine })
    .getByRole("button", { name: action }).click();
}

async function readCredentials(page: Page): Promise<{ id: string; token: string }> {
  return {
    id: await page.getByTestId("host-id").innerText(),
    token: await page.getByTestId("host-token").innerText(),
  };
}
