import * as z from "zod";
import { type Dialect, sse, type Stamp, textOf, type TokenCount, toolsOf } from "./dialect.ts";
import { lastPrompt, type Said } from "./last_prompt.ts";

const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  content: z.unknown().optional(),
});
const body = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  messages: z.array(
    z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(block)]) }),
  ),
  tools: z.array(z.looseObject({ name: z.string().optional() })).default([]),
  output_config: z.looseObject({
    format: z.looseObject({ schema: z.unknown().optional() }).optional(),
  }).optional(),
});

/** The Messages API: https://docs.anthropic.com/en/api/messages and its streaming page. */
export const anthropic: Dialect = {
  agent: "claude",
  path: /\/v1\/messages$/,

  read(input) {
    const { model, stream, messages, tools, output_config } = body.parse(input);
    const said = messages.flatMap(({ role, content }): Said[] => {
      if (role !== "user") return [];
      if (typeof content === "string") return [{ kind: "person", text: content }];
      return content.map((block) =>
        block.type === "tool_result"
          ? { kind: "tool", text: JSON.stringify(block.content) }
          : { kind: "person", text: block.text ?? "" }
      );
    });
    const hasShell = tools.some(({ name }) => name === "Bash");
    return {
      model,
      stream,
      ...lastPrompt(said),
      shell: hasShell
        ? (command) => ({ name: "Bash", input: { command, description: "Runs a command" } })
        : undefined,
      change: ({ path: file_path, before, after }) =>
        before === undefined
          ? { name: "Write", input: { file_path, content: after } }
          : { name: "Edit", input: { file_path, old_string: before, new_string: after } },
      schema: output_config?.format?.schema,
    };
  },

  async *stream(parts, stamp) {
    const started = { ...stamp.tokens, output: 1 };
    const send = (data: { type: string } & Record<string, unknown>) => sse(data, data.type);
    stamp.report(started);
    yield send({ type: "message_start", message: message(stamp, [], null, started) });
    let index = -1;
    let inText = false;
    let reason = "end_turn";
    for await (const part of parts) {
      if (part.kind === "text") {
        if (!inText) {
          index += 1;
          inText = true;
          const content_block = { type: "text", text: "" };
          yield send({ type: "content_block_start", index, content_block });
        }
        const delta = { type: "text_delta", text: part.text };
        yield send({ type: "content_block_delta", index, delta });
        continue;
      }
      if (inText) yield send({ type: "content_block_stop", index });
      inText = false;
      index += 1;
      reason = "tool_use";
      const { id, call: { name, input } } = part;
      const content_block = { type: "tool_use", id, name, input: {} };
      yield send({ type: "content_block_start", index, content_block });
      const delta = { type: "input_json_delta", partial_json: JSON.stringify(input) };
      yield send({ type: "content_block_delta", index, delta });
      yield send({ type: "content_block_stop", index });
    }
    if (inText) yield send({ type: "content_block_stop", index });
    stamp.report(stamp.tokens);
    const delta = { stop_reason: reason, stop_sequence: null };
    const usage = { output_tokens: stamp.tokens.output };
    yield send({ type: "message_delta", delta, usage });
    yield send({ type: "message_stop" });
  },

  whole(parts, stamp) {
    stamp.report(stamp.tokens);
    const text = textOf(parts);
    const tools = toolsOf(parts);
    const content = [
      ...text === "" ? [] : [{ type: "text", text }],
      ...tools.map(({ id, call }) => ({ type: "tool_use", id, ...call })),
    ];
    return message(stamp, content, tools.length > 0 ? "tool_use" : "end_turn", stamp.tokens);
  },

  error(status, message) {
    const type = status === 429
      ? "rate_limit_error"
      : status < 500
      ? "invalid_request_error"
      : "api_error";
    return { type: "error", error: { type, message } };
  },
};

function message(stamp: Stamp, content: unknown[], stop_reason: string | null, tokens: TokenCount) {
  return {
    id: stamp.id,
    type: "message",
    role: "assistant",
    model: stamp.model,
    content,
    stop_reason,
    stop_sequence: null,
    usage: {
      input_tokens: tokens.input,
      cache_creation_input_tokens: tokens.cacheWrite,
      cache_read_input_tokens: tokens.cachedInput,
      output_tokens: tokens.output,
    },
  };
}
