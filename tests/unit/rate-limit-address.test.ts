import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressKey } from '../../src/http/limits/address-key.ts';

describe('an address is counted', () => {
  test('as itself when it is IPv4, also when mapped into IPv6', () => {
    expect(addressKey('192.0.2.1')).toBe('192.0.2.1');
    expect(addressKey('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(addressKey('::FFFF:c000:201')).toBe('192.0.2.1');
    expect(addressKey('0:0:0:0:0:ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(addressKey('192.0.2.1')).not.toBe(addressKey('192.0.2.2'));
  });

  test('by its /56 when it is IPv6', () => {
    expect(addressKey('2001:db8:0:1ff:ffff:ffff:ffff:ffff')).toBe('2001:db8:0:100::/56');
    expect(addressKey('2001:db8:0:100::')).toBe('2001:db8:0:100::/56');
    expect(addressKey('2001:db8:0:200::')).toBe('2001:db8:0:200::/56');
    expect(addressKey('2001:db8::1')).toBe('2001:db8:0:0::/56');
    expect(addressKey('::1')).toBe('0:0:0:0::/56');
    expect(addressKey('1::')).toBe('1:0:0:0::/56');
  });

  test('the same however it is spelled', () => {
    const spellings = [
      '2001:db8:0:100::1',
      '2001:DB8::100:0:0:0:1',
      '2001:0db8:0000:0100:0000:0000:0000:0001',
      '2001:db8:0:100::0.0.0.1',
      '2001:db8:0:100::1%eth0',
    ];
    expect(new Set(spellings.map(addressKey))).toEqual(new Set(['2001:db8:0:100::/56']));
  });

  test('without the port that some proxies append', () => {
    expect(addressKey('192.0.2.1:5678')).toBe('192.0.2.1');
    expect(addressKey('[2001:db8:0:100::1]:443')).toBe('2001:db8:0:100::/56');
    expect(addressKey('[2001:db8:0:100::1]')).toBe('2001:db8:0:100::/56');
  });

  test('together with all others that have none, when it has none', () => {
    expect(addressKey(undefined)).toBe('unknown');
    expect(addressKey('unknown')).toBe('unknown');
    expect(addressKey('_hidden')).toBe('_hidden');
    expect(addressKey('')).toBe('');
  });

  test('with the first 56 bits and no others', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2n ** 56n - 2n), fc.bigInt(0n, 2n ** 72n - 1n), (prefix, rest) => {
        const low = addressKey(ipv6(prefix << 72n));
        expect(addressKey(ipv6((prefix << 72n) + rest))).toBe(low);
        expect(addressKey(ipv6((prefix + 1n) << 72n))).not.toBe(low);
      }),
    );
  });
});

function ipv6(value: bigint): string {
  return value.toString(16).padStart(32, '0').match(/.{4}/g)!.join(':');
}
