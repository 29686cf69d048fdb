import { waitFor } from "../../../kit/testing/wait_for.ts";
import { openTmux } from "../../tmux/server.ts";
import { InputLane } from "../input.ts";

/**
 * For the crash test, which kills it again and again: a gateway with one viewer, who types numbered
 * words from where the session is, until all are acknowledged.
 */
const [socketName = "", confPath = "", total = "0"] = Deno.args;
const text = new TextEncoder().encode(
  Array.from({ length: Number(total) }, (_, i) => `${i} `).join(""),
);

await using tmux = await openTmux({ socketName, confPath, env: Deno.env.toObject() });
const lane = await InputLane.open({
  tmux,
  session: "one",
  viewer: "tab",
  toClient: () => {},
  onAck: () => {},
  onFailed: (error) => {
    throw error;
  },
});
console.log(lane.expectedSeq);
// Pieces as a person and a paste make them: from one byte to some hundred.
for (let seq = lane.expectedSeq, size = 1; seq < text.length; size = size * 7 % 601) {
  const piece = text.subarray(seq, seq + size);
  const { state } = lane.write(seq, piece);
  if (state === "taken") seq += piece.length;
  await new Promise((resolve) => setTimeout(resolve, 1));
}
await waitFor(() => lane.ackedSeq === text.length, { what: "all to be acknowledged" });
