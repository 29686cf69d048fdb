import { GATEWAY_VERSION } from "../version.ts";
import type { Command } from "./command.ts";

export const version: Command = async (line) => {
  const { os, arch } = Deno.build;
  const deno = Deno.version.deno;
  if (line.flags["json"] !== true) {
    console.log(`chatcode-gateway ${GATEWAY_VERSION} (${os} ${arch}, Deno ${deno})`);
    return "ok";
  }
  // The wire's schemas take longer to load than all the rest of this command.
  const { MAX_PROTOCOL, MIN_PROTOCOL } = await import("@chatcode/protocol");
  const protocols = { minProtocol: MIN_PROTOCOL, maxProtocol: MAX_PROTOCOL };
  console.log(JSON.stringify({ version: GATEWAY_VERSION, ...protocols, os, arch, deno }));
  return "ok";
};
