import { wireError } from "@chatcode/protocol";
import * as z from "zod";
import { signInUrl } from "./tab_connection.ts";

export type ApiAnswer<T> =
  | { ok: true; value: T }
  /** `message` is for the person. */
  | { ok: false; status: number; message: string };

/** Asks the app's JSON routes. Signed out: goes to the sign-in page. Browser only. */
export async function callApi<T>(
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  options: {
    /** A Blob goes as it is, anything else as JSON. */
    body?: unknown;
    result: z.ZodType<T>;
    signal?: AbortSignal;
  },
): Promise<ApiAnswer<T>> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
  const { body, signal } = options;
  const type = body instanceof Blob ? body.type : "application/json";
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...(token !== undefined && { "x-csrf-token": token }),
        ...(body !== undefined && { "content-type": type }),
      },
      ...(body !== undefined && { body: body instanceof Blob ? body : JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
    answer = await response.json();
  } catch {
    return { ok: false, status: 0, message: "The relay cannot be reached. Try again in a moment." };
  }
  if (response.status === 401) location.assign(signInUrl());
  if (!response.ok) return { ok: false, status: response.status, message: messageOf(answer) };
  const parsed = options.result.safeParse(answer);
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    status: response.status,
    message: "The relay gave an answer nobody expects.",
  };
}

/** For changes that answer with nothing. */
export const nothing = z.object({});

function messageOf(answer: unknown): string {
  const parsed = z.object({ error: wireError }).safeParse(answer);
  if (!parsed.success) return "That did not work.";
  const { message, retryAfterMs } = parsed.data.error;
  if (retryAfterMs === undefined) return message;
  return `${message}. Try again in ${Math.ceil(retryAfterMs / 1000)} s`;
}
