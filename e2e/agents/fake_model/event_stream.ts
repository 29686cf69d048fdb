import type { SeenRequest } from "./seen_request.ts";

export interface EventStreamOptions {
  /** Aborted when the agent goes away; aborted by the model when it stops. */
  readonly ending: AbortController;
  /** After so many events the connection breaks. */
  readonly dropAfter: number;
}

/** Sends server-sent events as they come, and notes in `seen` how that ended. */
export function eventStream(
  events: AsyncIterable<string>,
  seen: SeenRequest,
  { ending, dropAfter }: EventStreamOptions,
): Response {
  const encoder = new TextEncoder();
  const reader = events[Symbol.asyncIterator]();
  let sent = 0;
  let gone = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await reader.next();
        if (gone) return;
        if (done) {
          seen.outcome = "done";
          seen.endedAtMs = Date.now();
          controller.close();
        } else if (sent++ === dropAfter) {
          seen.outcome = "dropped";
          controller.error(new Error("The fake model drops this answer"));
        } else {
          controller.enqueue(encoder.encode(value));
        }
      } catch (error) {
        if (!ending.signal.aborted) throw error;
        seen.outcome = "aborted";
        if (!gone) controller.close();
      }
    },
    cancel() {
      gone = true;
      seen.outcome = "aborted";
      ending.abort();
    },
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-cache" },
  });
}
