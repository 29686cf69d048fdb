import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Child } from "./harness/child.ts";
import { entry } from "./harness/root.ts";
import { Site } from "./harness/site.ts";
import { IndependentClient } from "./independent_client.ts";

Deno.test("a client written from SPEC.md alone opens a session and types in it", async (t) => {
  await using site = await Site.start();
  await using _online = await site.client();
  const url = `${site.relay.url.replace("http", "ws")}/ws`;

  await t.step("as a command", async () => {
    const tokenFile = `${site.folder}/token`;
    await Deno.writeTextFile(tokenFile, site.apiToken, { mode: 0o600 });
    const child = new Child("independent client", {
      args: ["run", "-A", entry("e2e/independent_client.ts"), "--url", url]
        .concat("--token-file", tokenFile, "--command", "sh"),
    });
    const { code } = await child.ended();
    assertEquals(code, 0, child.tail());
    assertStringIncludes(child.tail(100), "42");
    assertEquals(await site.tmux.sessions(), []);
  });

  await t.step("[AT2] [IN2] over a lost socket: nothing twice, nothing gone", async () => {
    const client = await IndependentClient.connect(url, site.apiToken);
    const { session } = await client.request("sessions.start", {
      host: site.host,
      command: ["cat"],
    }, { idempotencyKey: crypto.randomUUID() }) as { session: { id: string } };
    const terminal = await client.openTerminal(site.host, session.id, { cols: 80, rows: 24 });
    await terminal.type("before\r");
    client.breakConnection();
    await terminal.type("after\r");
    await terminal.waitForText(/after\s+after/);
    assertEquals(terminal.outcomes.length, 2);
    const screen = await site.tmux.screen(session.id);
    assertEquals(screen, ["before", "before", "after", "after"]);
    await terminal.close();
    await client.close();
  });

  await t.step("[WS3] a wrong token is refused", async () => {
    const error = await IndependentClient.connect(url, "nonsense").catch((error) => error);
    assert(error instanceof Error);
    assertStringIncludes(error.message, "401");
  });
});
