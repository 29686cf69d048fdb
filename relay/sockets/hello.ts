import {
  type FrameOf,
  HELLO_TIMEOUT_MS,
  type HelloOk,
  MAX_PROTOCOL,
  MIN_PROTOCOL,
  negotiate,
  ProtocolError,
} from "@chatcode/protocol";
import { FrameSocket, type FrameSocketOptions } from "./frame_socket.ts";

type Hello = FrameOf<"hello">;
type Role = Hello["client"]["role"];

/**
 * Waits for the peer's hello and settles the version. SPEC [HE1] [HE2] [HE3].
 * @returns the socket, its hello and the version; or undefined if the socket is closed by then
 */
export function greet(
  socket: WebSocket,
  role: Role,
  options: FrameSocketOptions,
): Promise<{ socket: FrameSocket; hello: Hello; protocol: number } | undefined> {
  const { promise, resolve } = Promise.withResolvers<
    { socket: FrameSocket; hello: Hello; protocol: number } | undefined
  >();
  const refuse = (code: "INVALID_REQUEST" | "PROTOCOL_MISMATCH", message: string) => {
    framed.send({ type: "hello-error", error: new ProtocolError(code, message).toWire() });
    framed.close(code === "PROTOCOL_MISMATCH" ? "versionMismatch" : "helloRequired", message);
  };
  const framed = new FrameSocket(socket, {
    frame(frame) {
      if (frame.type !== "hello") return framed.close("helloRequired");
      const protocol = negotiate(
        { min: MIN_PROTOCOL, max: MAX_PROTOCOL },
        { min: frame.minProtocol, max: frame.maxProtocol },
      );
      if (protocol === undefined) {
        return refuse(
          "PROTOCOL_MISMATCH",
          `Cannot speak with this peer: it wants protocol ${frame.minProtocol} to ` +
            `${frame.maxProtocol}, here is ${MIN_PROTOCOL} to ${MAX_PROTOCOL}`,
        );
      }
      if (frame.client.role !== role || (role === "host") !== (frame.host !== undefined)) {
        return refuse("INVALID_REQUEST", `Cannot greet: this address is for the role "${role}"`);
      }
      late[Symbol.dispose]();
      resolve({ socket: framed, hello: frame, protocol });
    },
    bytes: () => framed.close("helloRequired"),
    closed() {
      late[Symbol.dispose]();
      resolve(undefined);
    },
  }, options);
  const late = options.clock.setTimer(() => framed.close("helloRequired"), HELLO_TIMEOUT_MS);
  return promise;
}

/** What hello-ok says to everybody. */
export function helloOk(
  parts: Pick<HelloOk, "protocol" | "server" | "features" | "policy"> & {
    snapshot?: HelloOk["snapshot"];
    atMs: number;
  },
): FrameOf<"hello-ok"> {
  const { snapshot, ...rest } = parts;
  return { type: "hello-ok", ...rest, ...(snapshot && { snapshot }) };
}
