import { assertEquals } from "@std/assert";
import { dirname } from "node:path/posix";
import type { Agent } from "../agents/agent.ts";
import { claude } from "../agents/claude.ts";
import { codex } from "../agents/codex.ts";
import { gemini } from "../agents/gemini.ts";
import { findTranscripts } from "./find_transcript.ts";

async function find(home: string, agent: Agent, conversation?: string): Promise<string[]> {
  const place = agent.transcripts({ HOME: home });
  if (place.kind !== "files") throw new TypeError(`Cannot list the files of ${agent.name}`);
  const found = await findTranscripts(place, conversation);
  return found.map(({ path }) => path.slice(home.length + 1));
}

Deno.test("findTranscripts() finds each agent's transcripts, newest first, and no others", async () => {
  const home = await Deno.makeTempDir();
  try {
    const [older, newer] = [
      "58b01a1b-eabb-4e27-9b7d-7b82f3975ca7",
      "992198e3-7c3d-45a4-94ae-7c7eb7118fa0",
    ];
    const paths = [
      `.claude/projects/-home-user/${older}.jsonl`,
      `.claude/projects/-home-user-b/${newer}.jsonl`,
      `.codex/sessions/2026/11/20/rollout-2026-11-20T19-37-37-${older}.jsonl`,
      `.gemini/tmp/project/chats/session-2026-11-20T19-37-${newer.slice(0, 8)}.jsonl`,
    ];
    const others = [
      `.claude/projects/-home-user/${older}/subagents/agent-1.jsonl`,
      ".claude/projects/-home-user/notes.txt",
      ".codex/sessions/2026/11/20/other.jsonl",
      ".gemini/tmp/project/logs.json",
      `.gemini/tmp/project/chats/${older}/sub.jsonl`,
    ];
    for (const [at, path] of [...paths, ...others].entries()) {
      await Deno.mkdir(dirname(`${home}/${path}`), { recursive: true });
      await Deno.writeTextFile(`${home}/${path}`, "");
      await Deno.utime(`${home}/${path}`, 1_000 + at, 1_000 + at);
    }
    assertEquals(await find(home, claude), [paths[1], paths[0]]);
    assertEquals(await find(home, claude, older), [paths[0]]);
    assertEquals(await find(home, codex), [paths[2]]);
    assertEquals(await find(home, codex, older), [paths[2]]);
    assertEquals(await find(home, codex, newer), []);
    assertEquals(await find(home, gemini), [paths[3]]);
    assertEquals(await find(home, gemini, newer), [paths[3]]);
    assertEquals(await find(`${home}/nobody`, claude), []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
