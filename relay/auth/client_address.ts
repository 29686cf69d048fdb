/**
 * Who is at the other end, past `trustedProxies` proxies of ours: each adds the address it saw to
 * the right of `X-Forwarded-For`, so whatever stands further left is hearsay. With 0 the header is
 * not looked at.
 */
export function clientAddress(
  request: { headers: Headers },
  remoteAddr: Deno.Addr,
  trustedProxies: number,
): string {
  const direct = "hostname" in remoteAddr ? remoteAddr.hostname : "local";
  if (trustedProxies === 0) return direct;
  const chain = (request.headers.get("x-forwarded-for") ?? "").split(",").map((hop) => hop.trim());
  const seen = chain.at(-trustedProxies);
  return seen !== undefined && parseAddress(seen) !== null ? seen : direct;
}

/**
 * What counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address, for those
 * are what one subscriber holds (RFC 6177). IPv4 inside IPv6 counts as IPv4.
 */
export function addressKey(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === null) return "other";
  if (parsed.family === 4) return parsed.text;
  const [a, b, c, d, e, f, g, h] = parsed.groups;
  const isMapped = a === 0 && b === 0 && c === 0 && d === 0 && e === 0 && f === 0xffff;
  if (isMapped && g !== undefined && h !== undefined) {
    return [g >> 8, g & 255, h >> 8, h & 255].join(".");
  }
  return `${parsed.groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}

type Address = { family: 4; text: string } | { family: 6; groups: number[] };

function parseAddress(text: string): Address | null {
  if (isIpv4(text)) return { family: 4, text };
  const groups = parseIpv6(text.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, ""));
  return groups && { family: 6, groups };
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
}

function parseIpv6(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const sides = halves.map((half) => half === "" ? [] : half.split(":").flatMap(groupsOf));
  const [head = [], tail = []] = sides;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return groups.every((group) => group >= 0 && group <= 0xffff) ? groups : null;
}

/** The last group may be written as IPv4. What is no group is -1. */
function groupsOf(part: string): number[] {
  if (isIpv4(part)) {
    const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
    return [a << 8 | b, c << 8 | d];
  }
  return [/^[0-9a-f]{1,4}$/i.test(part) ? parseInt(part, 16) : -1];
}
