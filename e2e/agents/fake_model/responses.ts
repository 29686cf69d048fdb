import * as z from "zod";
import {
  type Dialect,
  type FileChange,
  sse,
  type Stamp,
  textOf,
  type ToolCall,
  toolsOf,
} from "./dialect.ts";
import { lastPrompt, type Said } from "./last_prompt.ts";

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const item = z.looseObject({
  type: z.string().default("message"),
  role: z.string().optional(),
  content: z.union([z.string(), z.array(part)]).optional(),
  output: z.unknown().optional(),
});
const tool = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  parameters: z.looseObject({ properties: z.looseObject({}).default({}) }).optional(),
});
const body = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  input: z.union([z.string(), z.array(item)]),
  tools: z.array(tool).default([]),
  text: z.looseObject({
    format: z.looseObject({ schema: z.unknown().optional() }).optional(),
  }).optional(),
});

/** The Responses API: https://platform.openai.com/docs/api-reference/responses-streaming */
export const responses: Dialect = {
  agent: "codex",
  path: /\/v1\/responses$/,

  read(input) {
    const request = body.parse(input);
    const items = typeof request.input === "string"
      ? [{ type: "message", role: "user", content: request.input, output: undefined }]
      : request.input;
    const said = items.flatMap(({ type, role, content, output }): Said[] => {
      if (type.endsWith("_call_output")) return [{ kind: "tool", text: JSON.stringify(output) }];
      if (type !== "message" || role !== "user") return [];
      if (typeof content === "string") return [{ kind: "person", text: content }];
      return (content ?? []).map(({ text = "" }) => ({ kind: "person", text }));
    });
    return {
      model: request.model,
      stream: request.stream,
      ...lastPrompt(said),
      shell: findShell(request.tools),
      change: (change) => findShell(request.tools, false)?.(patchCommand(change)) ?? NO_SHELL,
      schema: request.text?.format?.schema,
    };
  },

  async *stream(parts, stamp) {
    let sequence_number = 0;
    const send = (data: { type: string } & Record<string, unknown>) =>
      sse({ ...data, sequence_number: sequence_number++ }, data.type);
    yield send({ type: "response.created", response: response(stamp, "in_progress", []) });
    const output: unknown[] = [];
    const item_id = `msg_${stamp.id}`;
    let text: string | undefined;
    const where = () => ({ output_index: output.length, content_index: 0, item_id });
    const endText = function* () {
      if (text === undefined) return;
      const done = message(item_id, text);
      yield send({ type: "response.output_text.done", ...where(), text });
      yield send({ type: "response.output_item.done", output_index: output.length, item: done });
      output.push(done);
      text = undefined;
    };
    for await (const part of parts) {
      if (part.kind === "text") {
        if (text === undefined) {
          const item = { ...message(item_id, ""), status: "in_progress", content: [] };
          yield send({ type: "response.output_item.added", output_index: output.length, item });
          const added = { type: "output_text", text: "", annotations: [] };
          yield send({ type: "response.content_part.added", ...where(), part: added });
        }
        text = (text ?? "") + part.text;
        yield send({ type: "response.output_text.delta", ...where(), delta: part.text });
        continue;
      }
      yield* endText();
      const item = call(part.id, part.call);
      const added = { ...item, status: "in_progress", arguments: "" };
      yield send({ type: "response.output_item.added", output_index: output.length, item: added });
      yield send({ type: "response.output_item.done", output_index: output.length, item });
      output.push(item);
    }
    yield* endText();
    stamp.report(stamp.tokens);
    yield send({ type: "response.completed", response: response(stamp, "completed", output) });
  },

  whole(parts, stamp) {
    stamp.report(stamp.tokens);
    const text = textOf(parts);
    return response(stamp, "completed", [
      ...text === "" ? [] : [message(`msg_${stamp.id}`, text)],
      ...toolsOf(parts).map((part) => call(part.id, part.call)),
    ]);
  },

  error(status, message) {
    const type = status === 429 ? "rate_limit_exceeded" : "fake_error";
    return { error: { type, code: type, message, param: null } };
  },
};

const NO_SHELL: ToolCall = { name: "shell", input: {} };

/** Codex takes a patch that is given to the shell for a change of files. */
function patchCommand({ path, before, after }: FileChange): string {
  const lines = (text: string, sign: string) => text.split("\n").map((line) => `${sign}${line}`);
  const patch = before === undefined
    ? [`*** Add File: ${path}`, ...lines(after, "+")]
    : [`*** Update File: ${path}`, "@@", ...lines(before, "-"), ...lines(after, "+")];
  return ["apply_patch <<'PATCH'", "*** Begin Patch", ...patch, "*** End Patch", "PATCH"].join(
    "\n",
  );
}

/** The shell tool's name and parameters differ by model and settings. */
function findShell(
  tools: readonly z.infer<typeof tool>[],
  escalated = true,
): ((command: string) => ToolCall) | undefined {
  const found = tools.find(({ name }) => /^(exec_command|shell|shell_command)$/.test(name ?? ""));
  if (found?.name === undefined) return undefined;
  const { name } = found;
  const takes = Object.keys(found.parameters?.properties ?? {});
  // What runs in the sandbox is not asked about.
  const asking = escalated && takes.includes("sandbox_permissions")
    ? { sandbox_permissions: "require_escalated", justification: "May I run this?" }
    : {};
  return (command) => ({
    name,
    input: {
      ...takes.includes("cmd")
        ? { cmd: command }
        : { command: name === "shell" ? ["sh", "-c", command] : command },
      ...asking,
    },
  });
}

function message(id: string, text: string) {
  return {
    type: "message",
    id,
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}

function call(id: string, { name, input }: ToolCall) {
  return {
    type: "function_call",
    id: `fc_${id}`,
    call_id: id,
    name,
    arguments: JSON.stringify(input),
    status: "completed",
  };
}

function response({ id, model, tokens }: Stamp, status: string, output: unknown[]) {
  const input = tokens.input + tokens.cachedInput;
  return {
    id,
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    status,
    model,
    output,
    usage: status !== "completed" ? null : {
      input_tokens: input,
      input_tokens_details: { cached_tokens: tokens.cachedInput },
      output_tokens: tokens.output,
      output_tokens_details: { reasoning_tokens: tokens.reasoning },
      total_tokens: input + tokens.output,
    },
  };
}
