import { isMethodName, methods, ProtocolError } from "@chatcode/protocol";
import { readPlaces } from "../config.ts";
import { ControlClient } from "../control_client.ts";
import { ExitError } from "../exit_status.ts";
import { gatewayStatus } from "../gateway_status.ts";
import type { Command } from "./command.ts";

/** Asks the running gateway anything. `host` and the idempotency key are filled in if left out. */
export const call: Command = async (line, env) => {
  const [method] = line.words;
  if (method === undefined) {
    throw new ExitError("usage", "Cannot call: no method given, as in call sessions.list");
  }
  const params = parseParams(line.flags["params"]);
  const key = line.flags["key"];
  using client = await ControlClient.connect(readPlaces(line.flags, env).stateDir);
  const known = isMethodName(method) ? methods[method] : undefined;
  if (known !== undefined && "host" in known.params.shape && params["host"] === undefined) {
    params["host"] = gatewayStatus.parse(await client.call("gateway.status")).gatewayId;
  }
  const idempotencyKey = typeof key === "string"
    ? key
    : known?.mutates
    ? crypto.randomUUID()
    : undefined;
  try {
    const answer = await client.call(method, params, {
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
    console.log(JSON.stringify(answer, null, 2));
    return "ok";
  } catch (thrown) {
    if (!(thrown instanceof ProtocolError)) throw thrown;
    throw new ExitError("failure", `${thrown.code}: ${thrown.message}`, { cause: thrown });
  }
};

function parseParams(text: string | boolean | undefined): Record<string, unknown> {
  if (typeof text !== "string") return {};
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return { ...json };
  } catch {
    // Told below.
  }
  throw new ExitError("usage", 'Cannot call: --params must be a JSON object, as in {"path":""}');
}
