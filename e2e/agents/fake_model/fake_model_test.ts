import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { AgentId } from "@chatcode/protocol";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { FakeModel } from "./fake_model.ts";
import { sumTokens } from "./seen_request.ts";

/** How each agent's API puts a question, as small as it can be. */
interface Form {
  readonly path: string;
  readonly ask: (prompt: string, more: { toolResult?: string; tools?: boolean }) => unknown;
}

const FORMS: Readonly<Record<AgentId, Form>> = {
  claude: {
    path: "/v1/messages?beta=true",
    ask: (prompt, { toolResult, tools = true }) => ({
      model: "m",
      stream: true,
      messages: [
        { role: "user", content: [{ type: "text", text: "<system-reminder>x" }] },
        { role: "user", content: [{ type: "text", text: prompt }] },
        ...toolResult === undefined
          ? []
          : [{ role: "user", content: [{ type: "tool_result", content: toolResult }] }],
      ],
      tools: tools ? [{ name: "Bash" }] : [],
    }),
  },
  codex: {
    path: "/v1/responses",
    ask: (prompt, { toolResult, tools = true }) => ({
      model: "m",
      stream: true,
      input: [
        { type: "message", role: "user", content: [{ type: "input_text", text: prompt }] },
        ...toolResult === undefined ? [] : [{ type: "function_call_output", output: toolResult }],
      ],
      tools: tools
        ? [{ type: "function", name: "exec_command", parameters: { properties: { cmd: {} } } }]
        : [],
    }),
  },
  gemini: {
    path: "/v1beta/models/m:streamGenerateContent?alt=sse",
    ask: (prompt, { toolResult, tools = true }) => ({
      contents: [
        { role: "user", parts: [{ text: prompt }] },
        ...toolResult === undefined
          ? []
          : [{ role: "user", parts: [{ functionResponse: { output: toolResult } }] }],
      ],
      tools: tools ? [{ functionDeclarations: [{ name: "run_shell_command" }] }] : [],
    }),
  },
  opencode: {
    path: "/v1/chat/completions",
    ask: (prompt, { toolResult, tools = true }) => ({
      model: "m",
      stream: true,
      messages: [
        { role: "user", content: prompt },
        ...toolResult === undefined ? [] : [{ role: "tool", content: toolResult }],
      ],
      tools: tools ? [{ type: "function", function: { name: "bash" } }] : [],
    }),
  },
};

for (const [agent, form] of Object.entries(FORMS) as [AgentId, Form][]) {
  const post = (model: FakeModel, prompt: string, options: {
    toolResult?: string;
    tools?: boolean;
    signal?: AbortSignal;
  } = {}) =>
    fetch(model.url + form.path, {
      method: "POST",
      body: JSON.stringify(form.ask(prompt, options)),
      signal: options.signal ?? null,
    });

  Deno.test(`the fake model streams ${agent} a text and counts its tokens`, async () => {
    await using model = FakeModel.start();
    const answer = await post(model, "hi [[say:HELLO]]");
    assertEquals(answer.headers.get("content-type"), "text/event-stream");
    assertStringIncludes(await answer.text(), '"HELLO"');
    const [seen] = model.main(agent, "hi");
    assertEquals(seen?.outcome, "done");
    assertEquals(seen?.reported?.input, 1007);
    assertEquals(sumTokens(model.requests).output, 41);
  });

  Deno.test(`the fake model asks ${agent} for a command, then ends`, async () => {
    await using model = FakeModel.start();
    const prompt = "go [[note:I look]] [[tool:ls -l]] [[say:DONE]]";
    const asking = await (await post(model, prompt)).text();
    assertStringIncludes(asking, "I look");
    assertStringIncludes(asking, "ls -l");
    const after = await (await post(model, prompt, { toolResult: "total 0" })).text();
    assertStringIncludes(after, "DONE");
    assert(!after.includes("ls -l"));
    assertEquals(model.main(agent).map(({ toolResults }) => toolResults.length), [0, 1]);
  });

  Deno.test(`the fake model holds a slow answer for ${agent} until it is released`, async () => {
    await using model = FakeModel.start();
    const answer = await post(model, "[[slow:gate]] [[say:one two three]]");
    await waitFor(() => model.isWaiting("gate"), { what: "half the answer" });
    assertEquals(model.main(agent)[0]?.outcome, "answering");
    model.release("gate");
    assertStringIncludes(await answer.text(), "three");
  });

  Deno.test(`the fake model refuses ${agent} as often as it is told`, async () => {
    await using model = FakeModel.start();
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) {
      const answer = await post(model, "[[error:429x2]] [[say:at last]]");
      statuses.push(answer.status);
      await answer.body?.cancel();
    }
    assertEquals(statuses, [429, 429, 200]);
  });

  Deno.test(`the fake model hangs and drops for ${agent}`, async () => {
    await using model = FakeModel.start();
    const leaving = new AbortController();
    const hanging = await post(model, "[[hang]]", { signal: leaving.signal });
    leaving.abort();
    await assertRejects(() => hanging.text());
    await waitFor(() => model.main(agent, "hang")[0]?.outcome === "aborted", {
      what: "the abort to be seen",
    });
    const say = "[[drop]] [[say:one two three four five six]]";
    const cut = await post(model, say);
    await assertRejects(() => cut.text());
    assertStringIncludes(await (await post(model, say)).text(), "six");
    assertEquals(model.main(agent, "drop").map(({ outcome }) => outcome), ["dropped", "done"]);
  });

  Deno.test(`the fake model keeps ${agent}'s own errands apart`, async () => {
    await using model = FakeModel.start();
    const text = await (await post(model, "title of [[hang]]", { tools: false })).text();
    assertStringIncludes(text, "Fake side answer");
    assertEquals(model.requests.map(({ purpose }) => purpose), ["side"]);
    assertEquals(model.main(agent), []);
  });
}

Deno.test("the fake model counts tokens, lists models and notes what it does not know", async () => {
  await using model = FakeModel.start();
  const counted = await fetch(`${model.url}/v1/messages/count_tokens`, {
    method: "POST",
    body: "{}",
  });
  assertEquals((await counted.json()).input_tokens, 42);
  assertEquals((await (await fetch(`${model.url}/v1/models`)).json()).data, []);
  const unknown = await fetch(`${model.url}/elsewhere`);
  assertEquals(unknown.status, 404);
  await unknown.body?.cancel();
  assertEquals(model.requests.map(({ purpose }) => purpose), ["count", "models", "other"]);
});
