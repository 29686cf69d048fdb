import { withDeadline } from "@chatcode/kit";
import { isPublicAddress } from "./public_address.ts";

/** For the resolver's answer, in milliseconds. */
const LOOKUP_MS = 5_000;

/** Where the relay may be told to post notifications to. */
export interface EndpointRules {
  /** For tests: plain http to this machine is fine too. */
  readonly allowLoopback: boolean;
}

/** `unresolved`: its name cannot be resolved now, which may mend itself. */
export type EndpointCheck = "ok" | "refused" | "unresolved";

/**
 * What a browser names as its push service becomes a request of the relay's own, so it must not
 * lead into the relay's network: https, the usual port, and a name whose every address is public.
 */
export async function checkEndpoint(
  endpoint: string,
  rules: EndpointRules,
): Promise<EndpointCheck> {
  const url = URL.parse(endpoint);
  if (url === null || url.username !== "" || url.password !== "") return "refused";
  if (rules.allowLoopback && url.protocol === "http:" && url.hostname === "127.0.0.1") return "ok";
  if (url.protocol !== "https:" || url.port !== "" || !isDomain(url.hostname)) return "refused";
  const { lookup } = await import("node:dns/promises"); // rarely needed, and not small
  const looking = lookup(url.hostname, { all: true });
  const addresses = await withDeadline(looking, LOOKUP_MS, "a push service's name").catch(() => []);
  if (addresses.length === 0) return "unresolved";
  return addresses.every(({ address }) => isPublicAddress(address)) ? "ok" : "refused";
}

/** A name with at least one dot; URL writes every IPv4 address as four numbers, IPv6 in brackets. */
function isDomain(hostname: string): boolean {
  const top = hostname.split(".").at(-1) ?? "";
  return hostname.includes(".") && !hostname.startsWith("[") && /^[a-z][a-z0-9-]*$/.test(top);
}
