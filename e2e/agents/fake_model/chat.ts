import * as z from "zod";
import { type Dialect, sse, type Stamp, textOf, type ToolCall, toolsOf } from "./dialect.ts";
import { lastPrompt, type Said } from "./last_prompt.ts";

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const body = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  messages: z.array(z.looseObject({
    role: z.string(),
    content: z.union([z.string(), z.array(part)]).nullish(),
  })),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).default([]),
  response_format: z.looseObject({
    json_schema: z.looseObject({ schema: z.unknown().optional() }).optional(),
  }).optional(),
});

/** Chat completions: https://platform.openai.com/docs/api-reference/chat-streaming */
export const chat: Dialect = {
  agent: "opencode",
  path: /\/v1\/chat\/completions$/,

  read(input) {
    const { model, stream, messages, tools, response_format } = body.parse(input);
    const said = messages.flatMap(({ role, content }): Said[] => {
      const texts = typeof content === "string"
        ? [content]
        : (content ?? []).map(({ text = "" }) => text);
      if (role === "tool") return [{ kind: "tool", text: texts.join("") }];
      return role === "user" ? texts.map((text) => ({ kind: "person", text })) : [];
    });
    const hasShell = tools.some((tool) => tool.function.name === "bash");
    return {
      model,
      stream,
      ...lastPrompt(said),
      shell: hasShell
        ? (command) => ({ name: "bash", input: { command, description: "Runs a command" } })
        : undefined,
      change: ({ path: filePath, before, after }) =>
        before === undefined
          ? { name: "write", input: { filePath, content: after } }
          : { name: "edit", input: { filePath, oldString: before, newString: after } },
      schema: response_format?.json_schema?.schema,
    };
  },

  async *stream(parts, stamp) {
    const head = {
      id: stamp.id,
      object: "chat.completion.chunk",
      created: now(),
      model: stamp.model,
    };
    const send = (delta: unknown, finish_reason: string | null = null) =>
      sse({ ...head, choices: [{ index: 0, delta, finish_reason }] });
    yield send({ role: "assistant", content: "" });
    let calls = 0;
    for await (const part of parts) {
      yield part.kind === "text"
        ? send({ content: part.text })
        : send({ tool_calls: [{ index: calls++, ...call(part.id, part.call) }] });
    }
    yield send({}, calls > 0 ? "tool_calls" : "stop");
    stamp.report(stamp.tokens);
    yield sse({ ...head, choices: [], usage: usage(stamp) });
    yield sse("[DONE]");
  },

  whole(parts, stamp) {
    stamp.report(stamp.tokens);
    const tools = toolsOf(parts);
    const message = {
      role: "assistant",
      content: textOf(parts),
      ...tools.length > 0 && { tool_calls: tools.map((part) => call(part.id, part.call)) },
    };
    const finish_reason = tools.length > 0 ? "tool_calls" : "stop";
    return {
      id: stamp.id,
      object: "chat.completion",
      created: now(),
      model: stamp.model,
      choices: [{ index: 0, message, finish_reason }],
      usage: usage(stamp),
    };
  },

  error(status, message) {
    const type = status === 429 ? "rate_limit_exceeded" : "fake_error";
    return { error: { type, code: type, message, param: null } };
  },
};

function call(id: string, { name, input }: ToolCall) {
  return { id, type: "function", function: { name, arguments: JSON.stringify(input) } };
}

function usage({ tokens }: Stamp) {
  const input = tokens.input + tokens.cachedInput;
  return {
    prompt_tokens: input,
    prompt_tokens_details: { cached_tokens: tokens.cachedInput },
    completion_tokens: tokens.output,
    completion_tokens_details: { reasoning_tokens: tokens.reasoning },
    total_tokens: input + tokens.output,
  };
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
