import { assertEquals, assertMatch } from "@std/assert";
import { AGENTS } from "./agents/agents.ts";
import { ParrotLab } from "./testing/parrot/lab.ts";

Deno.test("[AG1] [AG2] [AG3] an agent is one file: found, started, prompted, approved, resumed", async () => {
  await using parrots = await ParrotLab.open({ hooks: true });

  const { agents } = await parrots.ask("agents.list", {});
  assertEquals(agents.map(({ id }) => id), [...AGENTS.map(({ id }) => id), "parrot"]);
  assertEquals(agents.at(-1), {
    id: "parrot",
    name: "Parrot",
    installed: true,
    version: "1.2.3",
    signedIn: "unknown",
    signInCommand: ["parrot", "login"],
    hooks: "installed",
    slashCommands: ["/clear"],
  });

  const session = await parrots.start();
  await session.has("idle");
  const started = parrots.session(session.id);
  assertEquals([started?.agent, started?.title, started?.command], ["parrot", "Parrot", [
    "parrot",
  ]]);

  const first = await session.prompt("Hello [[ask:make noise]]");
  assertEquals(first.outcome, "delivered");
  const asked = await session.asks();
  assertEquals([asked.tool, asked.subject], ["Shell", "make noise"]);
  assertEquals(session.status, "waiting");
  await session.answer("allow");
  await session.tells("final You said: Hello [[ask:make noise]]");
  await session.has("idle");
  assertEquals(session.story, [
    "prompt Hello [[ask:make noise]]",
    "tool ok make noise",
    "final You said: Hello [[ask:make noise]]",
  ]);
  assertEquals(parrots.ends.map(({ outcome, by }) => [outcome, by]), [["allowed", "anna"]]);
  const page = await parrots.ask("turns.list", { session: session.id, limit: 10 });
  assertEquals(page.turns, session.turns);

  const { conversation } = session;
  await parrots.ask("sessions.end", { session: session.id });
  await session.has("gone");
  const again = await parrots.start({ resume: conversation ?? "" });
  assertMatch((await again.screen()).trim(), /^Parrot idle/);
  await again.prompt("Again");
  await again.tells("final You said: Again");
  assertEquals(again.conversation, conversation);
  assertEquals(again.story.slice(-2), ["prompt Again", "final You said: Again"]);
});

Deno.test("[AG1] nothing but its own files knows an agent by its name", async () => {
  const ids = AGENTS.map(({ id }) => id).join("|");
  const naming = new RegExp(`["'](${ids})["']|agents/(${ids})\\b`);
  const root = new URL(".", import.meta.url).pathname;
  const named: string[] = [];
  for (const path of sources(root)) {
    if (naming.test(await Deno.readTextFile(path))) named.push(path.slice(root.length));
  }
  assertEquals(named, []);
});

/** The gateway's own code, without the agents' and without tests. */
function sources(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}${name}`;
    if (isDirectory) return ["agents", "testing"].includes(name) ? [] : sources(`${path}/`);
    return name.endsWith(".ts") && !name.endsWith("_test.ts") ? [path] : [];
  });
}
