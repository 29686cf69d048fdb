import { ProtocolError } from "@chatcode/protocol";
import { define, signedIn } from "../../define.ts";

/** The client gave up. */
const GONE = 499;

/** A recording, as the request's body, becomes text. */
export const handler = define.handlers({
  async POST({ req, state }) {
    const principal = signedIn(state);
    const mediaType = req.headers.get("content-type") ?? "";
    if (req.body === null) {
      throw new ProtocolError("INVALID_REQUEST", "Cannot transcribe: the recording is empty");
    }
    try {
      const recording = { mediaType, signal: req.signal };
      const { text } = await state.services.voice.transcribe(principal, req.body, recording);
      return Response.json({ text }, { headers: { "cache-control": "no-store" } });
    } catch (error) {
      if (!req.signal.aborted) throw error;
      return new Response(null, { status: GONE }); // nobody reads it
    }
  },
});
