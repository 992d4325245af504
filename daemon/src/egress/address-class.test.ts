import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifyAddress, toComparable } from './address-class.ts';
import type { AddressClass } from './address-class.ts';

describe('an address is public only when it is known to be (P-31)', () => {
  test.each<[string, AddressClass]>([
    ['1.1.1.1', 'public'],
    ['9.255.255.255', 'public'],
    ['11.0.0.0', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.0', 'public'],
    ['192.167.255.255', 'public'],
    ['223.255.255.255', 'public'],
    ['2606:4700::1111', 'public'],
    ['2a00:1450:4001::200e', 'public'],
    ['0.0.0.0', 'unspecified'],
    ['0.255.0.1', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['100.127.255.255', 'private'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['192.0.2.1', 'reserved'],
    ['198.19.255.255', 'reserved'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:a9fe:a9fe', 'link-local'],
    ['::ffff:1.1.1.1', 'public'],
    ['::127.0.0.1', 'reserved'],
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::1.1.1.1', 'public'],
    ['64:ff9b:1::1.1.1.1', 'reserved'],
    ['fc00::1', 'private'],
    ['fdff:ffff::1', 'private'],
    ['fe80::1', 'link-local'],
    ['fec0::1', 'private'],
    ['ff02::1', 'multicast'],
    ['2001:db8::1', 'reserved'],
    ['2001::1', 'reserved'],
    ['2002:7f00:1::', 'reserved'],
    ['3fff:1::', 'reserved'],
    ['100::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['fe80::1%eth0', 'reserved'],
    ['256.1.1.1', 'reserved'],
    ['01.1.1.1', 'reserved'],
    ['localhost', 'reserved'],
    ['', 'reserved'],
  ])('%s is %s', (address, kind) => {
    expect(classifyAddress(address)).toBe(kind);
  });

  test('the same address in two notations is the same place', () => {
    expect(toComparable('::ffff:192.0.2.7')).toBe(toComparable('192.0.2.7'));
    expect(toComparable('2001:DB8:0:0:0:0:0:7')).toBe(toComparable('2001:db8::7'));
    expect(toComparable('2001:db8::7')).not.toBe(toComparable('2001:db8::8'));
  });

  test('IPv4 inside IPv6 is judged as the IPv4 address that it is', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(classifyAddress(`::ffff:${address}`)).toBe(classifyAddress(address));
        expect(classifyAddress(`64:ff9b::${address}`)).toBe(classifyAddress(address));
      }),
    );
  });

  test('no text makes it throw', () => {
    const letters = fc.array(fc.constantFrom(...Array.from('0123456789abcdef:.%[]')), {
      maxLength: 45,
    });
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      letters.map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        classifyAddress(text);
      }),
    );
  });
});
