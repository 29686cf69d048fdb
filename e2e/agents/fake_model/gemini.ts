import * as z from "zod";
import {
  type AnswerPart,
  type Dialect,
  sse,
  type Stamp,
  textOf,
  type TokenCount,
  toolsOf,
} from "./dialect.ts";
import { lastPrompt, type Said } from "./last_prompt.ts";

const part = z.looseObject({
  text: z.string().optional(),
  functionResponse: z.unknown().optional(),
});
const body = z.looseObject({
  contents: z.array(z.looseObject({ role: z.string().optional(), parts: z.array(part) })),
  tools: z.array(z.looseObject({
    functionDeclarations: z.array(z.looseObject({ name: z.string() })).default([]),
  })).default([]),
  generationConfig: z.looseObject({
    responseSchema: z.unknown().optional(),
    responseJsonSchema: z.unknown().optional(),
  }).optional(),
});

/** The Gemini API: https://ai.google.dev/api/generate-content */
export const gemini: Dialect = {
  agent: "gemini",
  path: /\/models\/[^/:]+:(generateContent|streamGenerateContent)$/,

  read(input, path) {
    const { contents, tools, generationConfig } = body.parse(input);
    const [, model = "", method] = /\/models\/([^/:]+):(\w+)$/.exec(path) ?? [];
    const said = contents.flatMap(({ role, parts }): Said[] =>
      role === "model"
        ? []
        : parts.map(({ text, functionResponse }) =>
          functionResponse === undefined
            ? { kind: "person", text: text ?? "" }
            : { kind: "tool", text: JSON.stringify(functionResponse) }
        )
    );
    const hasShell = tools.some(({ functionDeclarations }) =>
      functionDeclarations.some(({ name }) => name === "run_shell_command")
    );
    return {
      model,
      stream: method === "streamGenerateContent",
      ...lastPrompt(said),
      shell: hasShell
        ? (command) => ({
          name: "run_shell_command",
          input: { command, description: "Runs a command" },
        })
        : undefined,
      change: ({ path: file_path, before, after }) =>
        before === undefined ? { name: "write_file", input: { file_path, content: after } } : {
          name: "replace",
          input: {
            ...{ file_path, old_string: before, new_string: after },
            instruction: "Replaces a word",
          },
        },
      schema: generationConfig?.responseJsonSchema ?? generationConfig?.responseSchema,
    };
  },

  async *stream(parts, stamp) {
    for await (const part of parts) yield sse(response([part], stamp, undefined));
    stamp.report(stamp.tokens);
    yield sse(response([], stamp, stamp.tokens));
  },

  whole(parts, stamp) {
    stamp.report(stamp.tokens);
    const text = textOf(parts);
    return response(
      [...text === "" ? [] : [{ kind: "text" as const, text }], ...toolsOf(parts)],
      stamp,
      stamp.tokens,
    );
  },

  error(status, message) {
    const name = status === 429
      ? "RESOURCE_EXHAUSTED"
      : status < 500
      ? "INVALID_ARGUMENT"
      : "INTERNAL";
    return { error: { code: status, message, status: name } };
  },
};

/** Counts come with the last piece, beside the reason why it is the last. */
function response(parts: readonly AnswerPart[], stamp: Stamp, tokens: TokenCount | undefined) {
  const content = {
    role: "model",
    parts: parts.map((part) =>
      part.kind === "text"
        ? { text: part.text }
        : { functionCall: { id: part.id, name: part.call.name, args: part.call.input } }
    ),
  };
  // The model's last piece always has a part, even if nothing is left to say.
  if (parts.length === 0) content.parts.push({ text: "" });
  const input = stamp.tokens.input + stamp.tokens.cachedInput;
  return {
    candidates: [{ content, index: 0, ...tokens && { finishReason: "STOP" } }],
    ...tokens && {
      usageMetadata: {
        promptTokenCount: input,
        cachedContentTokenCount: tokens.cachedInput,
        candidatesTokenCount: tokens.output - tokens.reasoning,
        thoughtsTokenCount: tokens.reasoning,
        totalTokenCount: input + tokens.output,
      },
    },
    modelVersion: stamp.model,
    responseId: stamp.id,
  };
}
