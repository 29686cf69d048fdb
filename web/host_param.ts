import { type HostId, hostId, ProtocolError } from "@chatcode/protocol";

/** @throws ProtocolError HOST_NOT_FOUND if `text` cannot be a machine's id */
export function hostParam(text: string | undefined): HostId {
  const parsed = hostId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new ProtocolError("HOST_NOT_FOUND", "Cannot find the machine: that is no machine's id");
}
