import { isIP } from 'node:net';

/**
 * The name under which a client's address is counted, the same for all spellings of one address.
 *
 * An IPv4 address stands for itself, also when it is mapped into IPv6 (RFC 4291, section 2.5.5.2). An IPv6 address stands
 * for its /56: that is what one customer commonly gets (RFC 6177), and whoever has one can send from any address in it.
 *
 * @param ip an address as Express gives it (`req.ip`); a port, which some proxies append, is ignored
 * @returns `192.0.2.1` or `2001:db8:0:100::/56`; what is no address stands for itself, and no address at all is `unknown`
 */
export function addressKey(ip: string | undefined): string {
  if (ip === undefined) return 'unknown';
  const address = isIP(ip) === 0 ? withoutPort(ip) : ip;
  if (isIP(address) !== 6) return address;

  const groups = ipv6Groups(address);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  if (a + b + c + d + e === 0 && f === 0xffff) {
    return [g >> 8, g & 0xff, h >> 8, h & 0xff].join('.');
  }
  const prefix = [a, b, c, d & 0xff00].map((group) => group.toString(16)).join(':');
  return `${prefix}::/56`;
}

/** `192.0.2.1:5678` and `[2001:db8::1]:5678` without what does not belong to the address. */
function withoutPort(text: string): string {
  return text.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** The eight numbers of a valid IPv6 address. The URL parser knows all its spellings; the scope of a link is left out. */
function ipv6Groups(address: string): number[] {
  const { hostname } = new URL(`http://[${address.replace(/%.*/, '')}]`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const before = numbers(head);
  if (tail === undefined) return before;
  const after = numbers(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function numbers(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
