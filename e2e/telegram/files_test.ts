import { assertEquals, assertStringIncludes } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { Gateway } from "../harness/gateway.ts";
import { PaneTmux } from "../harness/pane_tmux.ts";
import { WireClient } from "../harness/wire_client.ts";
import type { FileToSend } from "./bot_api/mod.ts";
import { TelegramSite } from "./telegram_site.ts";

const text = (words: string) => new TextEncoder().encode(words);

Deno.test("[TG5] [FILE1] photos, files and albums land in the workspace of a real machine", async () => {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await TelegramSite.start());
  await site.link();
  const folder = await Deno.makeTempDir({ prefix: "cc-e2e-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  for (const name of ["state", "workspace"]) await Deno.mkdir(`${folder}/${name}`);
  const tmux = stack.use(new PaneTmux());
  const credentials = await site.relay.createGateway("box");
  stack.use(
    await Gateway.start({
      ...credentials,
      url: site.relay.url,
      tmuxSocket: tmux.socketName,
      stateDir: `${folder}/state`,
      workspace: `${folder}/workspace`,
    }),
  );
  const token = await site.relay.createApiToken();
  const client = stack.use(await WireClient.open({ url: site.relay.url, token }));
  const host = credentials.id;
  await waitFor(async () => (await client.request("hosts.list", {})).hosts[0]?.online, {
    what: "the machine",
  });
  await client.request("sessions.start", { host, title: "shell" });
  const list = await site.ask("/sessions");
  await site.press(list, "shell");
  await waitFor(() => list.text.includes("shell"), { what: "the card" });
  await site.press(list, "Talk to it");
  const { topic } = await site.seen(
    ({ text }) => text.startsWith("What you write here"),
    "the topic",
  );

  const send = (file: FileToSend) => site.bot.people.send(site.ada, site.chat, file, { topic });
  const saved = async (name: string) => {
    const found = await site.seen(
      ({ text }) => text.startsWith("Saved:") && text.includes(name),
      name,
    );
    const path = found.text.split("\n")[1] ?? "";
    return await Deno.readTextFile(path.startsWith("/") ? path : `${folder}/workspace/${path}`);
  };
  send({ kind: "document", name: "notes.txt", bytes: text("first") });
  assertEquals(await saved("notes.txt"), "first");
  send({ kind: "document", name: "notes.txt", bytes: text("second") });
  assertEquals(await saved("notes (2).txt"), "second");
  send({ kind: "document", name: "../../../etc/passwd", bytes: text("no") });
  assertEquals(await saved("passwd"), "no");
  const photo = send({ kind: "photo", bytes: text("jpeg") });
  assertEquals(await saved(`photo-${photo.id}.jpg`), "jpeg");

  // A shell takes no prompts: the file is saved, and the words are refused with the reason.
  const pictures = ["a", "b", "c"].map((name) => ({
    kind: "document" as const,
    name: `${name}.txt`,
    bytes: text(name),
    caption: `picture ${name}`,
  }));
  const [first] = site.bot.people.album(site.ada, site.chat, pictures, { topic });
  const refused = await site.seen(({ replyTo }) => replyTo === first?.id, "the reason");
  assertStringIncludes(refused.text, "no agent runs in this session");
  const names: string[] = [];
  for await (const { name } of Deno.readDir(`${folder}/workspace/uploads`)) names.push(name);
  assertEquals(names.length, 1, "one folder a day");
  assertEquals(site.bot.invalid, []);
  assertEquals(site.bot.rates.breaches, []);
});
