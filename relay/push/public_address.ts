/**
 * Whether an IP address, as a resolver writes it, is one of the public internet: neither this
 * machine, nor its network, nor anything set apart by
 * https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 sister.
 */
export function isPublicAddress(address: string): boolean {
  return address.includes(":") ? isPublicIpv6(address) : isPublicIpv4(address);
}

/** First address and prefix length. */
const SPECIAL_IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3], // multicast, reserved, broadcast
];

function isPublicIpv4(address: string): boolean {
  const number = numberOf(address);
  if (number === undefined) return false;
  return !SPECIAL_IPV4.some(([first, length]) => {
    const size = 2 ** (32 - length);
    return Math.floor(number / size) === Math.floor((numberOf(first) ?? 0) / size);
  });
}

function numberOf(address: string): number | undefined {
  const parts = address.split(".").map(Number);
  const fits = parts.length === 4 &&
    parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
  return fits ? parts.reduce((number, part) => number * 256 + part, 0) : undefined;
}

/** Of IPv6 only 2000::/3 is public, and in it not the parts that stand for other addresses. */
function isPublicIpv6(address: string): boolean {
  const [first = 0, second = 0] = address.split(":").map((group) => parseInt(group || "0", 16));
  if (first < 0x2000 || first > 0x3fff) return false;
  const isTeredo = first === 0x2001 && second < 0x0200; // and the rest of 2001::/23
  const isExample = (first === 0x2001 && second === 0x0db8) || first === 0x3fff;
  const is6to4 = first === 0x2002;
  return !isTeredo && !isExample && !is6to4;
}
