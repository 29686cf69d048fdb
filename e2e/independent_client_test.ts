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
        .concat("--token-file", tokenFile),
    });
    const { code } = await child.ended();
    assertEquals(code, 0, child.tail());
    assertStringIncludes(child.tail(100), "42");
    assertEquals(await site.tmux.sessions(), []);
  });

  await t.step("[IN2] what it types is there once it is acknowledged, and once only", async () => {
    const client = await IndependentClient.connect(url, site.apiToken);
    const { session } = await client.request("sessions.start", {
      host: site.host,
      command: ["sh", "-c", "while read line; do echo got $line; done"],
    }, { idempotencyKey: crypto.randomUUID() }) as { session: { id: string } };
    const terminal = await client.openTerminal(site.host, session.id, { cols: 80, rows: 24 });
    await terminal.type("before\r");
    await terminal.waitForText("got before");
    await terminal.type("after\r");
    await terminal.waitForText("got after");
    const screen = await site.tmux.screen(session.id);
    assertEquals(screen, ["before", "got before", "after", "got after"]);
    await terminal.close();
    client.close();
  });

  await t.step("[WS3] a wrong token is refused", async () => {
    const error = await IndependentClient.connect(url, "nonsense").catch((error) => error);
    assert(error instanceof Error);
    assertStringIncludes(error.message, "401");
  });
});
