import { withDeadline } from "@chatcode/kit";
import { ControlClient } from "../control_client.ts";
import { ExitError } from "../exit_status.ts";
import { type GatewayStatus, gatewayStatus } from "../gateway_status.ts";
import { type Check, fail, ok } from "./check.ts";

export interface Instance {
  readonly check: Check;
  /** Of the gateway that runs here, if one does and answers. */
  readonly status?: GatewayStatus;
}

const ANSWER_MS = 2_000;

/** Whether a gateway runs here already, and answers. */
export async function checkInstance(stateDir: string): Promise<Instance> {
  const name = "gateway";
  try {
    using client = await ControlClient.connect(stateDir);
    const asked = client.call("gateway.status");
    const status = gatewayStatus.parse(await withDeadline(asked, ANSWER_MS, "its answer"));
    const text = `runs as process ${status.pid}, version ${status.version}`;
    return { check: ok(name, text), status };
  } catch (thrown) {
    if (thrown instanceof ExitError && !await isLocked(stateDir)) {
      return { check: ok(name, "none runs here yet") };
    }
    const mend = "Start it anew: chatcode-gateway run --force";
    return { check: fail(name, "one runs here and does not answer", mend) };
  }
}

async function isLocked(stateDir: string): Promise<boolean> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(`${stateDir}/gateway.pid`, { read: true, write: true });
  } catch {
    return false;
  }
  using _file = file;
  return !await file.tryLock(true);
}
