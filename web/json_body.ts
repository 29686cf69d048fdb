import { issues, ProtocolError } from "@chatcode/protocol";
import type { z } from "zod";

/** Far above anything a page of ours sends. */
const MAX_BODY_BYTES = 16 * 1024;

/**
 * The request's JSON body, parsed by `schema`.
 * @throws ProtocolError INVALID_REQUEST or PAYLOAD_TOO_LARGE
 */
export async function jsonBody<T>(req: Request, schema: z.ZodType<T>): Promise<T> {
  if (!(req.headers.get("content-type") ?? "").startsWith("application/json")) {
    throw new ProtocolError("INVALID_REQUEST", "Cannot read the request: not JSON");
  }
  const parsed = schema.safeParse(parseJson(await readText(req)));
  if (parsed.success) return parsed.data;
  throw new ProtocolError("INVALID_REQUEST", `Cannot read the request: ${issues(parsed.error)}`);
}

async function readText(req: Request): Promise<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  for await (const chunk of req.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new ProtocolError("PAYLOAD_TOO_LARGE", "Cannot read the request: too large");
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError("INVALID_REQUEST", "Cannot read the request: not JSON", { cause });
  }
}
