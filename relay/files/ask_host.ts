import {
  type HostId,
  ProtocolError,
  type RelayMethodInput,
  type RelayMethodName,
  type RelayMethodResult,
  relayMethods,
} from "@chatcode/protocol";
import type { AccountId } from "../kv/keys.ts";
import type { HostSocket } from "../sockets/host_socket.ts";

/** Bytes of a gigabyte may still be on their way to a slow disk when an upload is finished. */
const FINISH_MS = 10 * 60_000;

/** Whose files, and on which machine. */
export interface FileScope {
  readonly account: AccountId;
  readonly host: HostId;
  readonly socket: HostSocket;
}

/**
 * Asks a machine what only the relay may ask. SPEC [FI3].
 * @throws ProtocolError whatever the machine answers, TIMEOUT, HOST_OFFLINE, LIMIT_REACHED
 */
export async function askHost<M extends RelayMethodName>(
  { socket, account }: FileScope,
  method: M,
  params: RelayMethodInput<M>,
): Promise<RelayMethodResult<M>> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  socket.ask({ method, params, principal: account }, (res) => {
    if (!res.ok) reject(ProtocolError.fromWire(res.error));
    else if (!("accepted" in res)) resolve(res.payload);
  }, FINISH_MS);
  const answer = relayMethods[method].result.safeParse(await promise);
  if (answer.success) return answer.data as RelayMethodResult<M>;
  throw new ProtocolError("INTERNAL", `Cannot use the machine's answer to "${method}"`, {
    cause: answer.error,
  });
}
