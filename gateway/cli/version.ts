import { MAX_PROTOCOL, MIN_PROTOCOL } from "@chatcode/protocol";
import { GATEWAY_VERSION } from "../version.ts";
import type { Command } from "./command.ts";

export const version: Command = (line) => {
  const facts = {
    version: GATEWAY_VERSION,
    minProtocol: MIN_PROTOCOL,
    maxProtocol: MAX_PROTOCOL,
    os: Deno.build.os,
    arch: Deno.build.arch,
    deno: Deno.version.deno,
  };
  const text = `chatcode-gateway ${facts.version} (${facts.os} ${facts.arch}, Deno ${facts.deno})`;
  console.log(line.flags["json"] === true ? JSON.stringify(facts) : text);
  return Promise.resolve("ok");
};
