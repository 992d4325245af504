import { describe, expect, test } from 'vitest';
import { makeSyscallFilter } from './syscall-filter.ts';

const ALLOWED = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const EAFNOSUPPORT = 0x00050061;

const X64 = 0xc000003e;
const ARM64 = 0xc00000b7;

interface Call {
  readonly arch: number;
  readonly number: number;
  readonly args?: readonly number[];
}

/** Runs a program as the kernel would: struct seccomp_data in, the answer out. */
function judge(machine: string, { arch, number, args = [] }: Call): number {
  const program = makeSyscallFilter(machine)!;
  const words = new Map([
    [0, number],
    [4, arch],
    ...args.map((value, index): [number, number] => [16 + index * 8, value]),
  ]);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const code = program.readUInt16LE(at * 8);
    const value = program.readUInt32LE(at * 8 + 4);
    const jump = (holds: boolean): number => program.readUInt8(at * 8 + (holds ? 2 : 3));
    if (code === 0x06) return value;
    if (code === 0x20) accumulator = (words.get(value) ?? 0) >>> 0;
    else if (code === 0x15) at += jump(accumulator === value);
    else if (code === 0x35) at += jump(accumulator >= value);
    else if (code === 0x45) at += jump((accumulator & value) !== 0);
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error('the program ran out');
}

describe('a process inside cannot (P-53)', () => {
  test.each([
    ['type into the terminal', 16, [0, 0x5412], EPERM],
    ['paste into a console', 16, [0, 0x541c], EPERM],
    ['make a user namespace by clone', 56, [0x10000011], EPERM],
    ['make a mount namespace by unshare', 272, [0x00020000], EPERM],
    ['make a time namespace', 272, [0x80], EPERM],
    ['clone in a way whose flags cannot be read', 435, [], ENOSYS],
    ['enter a namespace', 308, [], EPERM],
    ['mount', 165, [], EPERM],
    ['mount the new way', 429, [], EPERM],
    ['read a kernel keyring', 250, [], EPERM],
    ['ask the kernel for a key', 249, [], EPERM],
    ['talk to the machine around a virtual one', 41, [40], EAFNOSUPPORT],
    ['open a packet socket', 41, [17], EAFNOSUPPORT],
    ['open an unknown family', 41, [0xffffffff], EAFNOSUPPORT],
    ['pass by all of that with io_uring', 425, [], ENOSYS],
    ['load a program into the kernel', 321, [], EPERM],
  ])('%s', (_name, number, args, answer) => {
    expect(judge('x64', { arch: X64, number, args })).toBe(answer);
  });

  test.each([
    ['type into the terminal', 29, [0, 0x5412], EPERM],
    ['make a user namespace', 220, [0x10000011], EPERM],
    ['read a kernel keyring', 219, [], EPERM],
    ['open a foreign family', 198, [40], EAFNOSUPPORT],
    ['enter a namespace', 268, [], EPERM],
    ['mount', 40, [], EPERM],
  ])('%s on arm64', (_name, number, args, answer) => {
    expect(judge('arm64', { arch: ARM64, number, args })).toBe(answer);
  });

  test('use the numbers of another architecture', () => {
    expect(judge('x64', { arch: 0x40000003, number: 4 })).toBe(ENOSYS);
    expect(judge('x64', { arch: X64, number: 0x40000000 + 1 })).toBe(ENOSYS);
    expect(judge('arm64', { arch: X64, number: 1 })).toBe(ENOSYS);
  });
});

describe('a process inside can', () => {
  test.each([
    ['write', 1, []],
    ['fork', 57, []],
    ['start a thread', 56, [0x003d0f00]],
    ['leave its session', 112, []],
    ['ask for the size of the terminal', 16, [0, 0x5413]],
    ['take the terminal for a job', 16, [0, 0x5410]],
    ['share nothing but files', 272, [0x400]],
    ['open a local socket', 41, [1]],
    ['open an internet socket', 41, [2]],
    ['open an IPv6 socket', 41, [10]],
    ['trace its own children', 101, []],
  ])('%s', (_name, number, args) => {
    expect(judge('x64', { arch: X64, number, args })).toBe(ALLOWED);
  });
});

test('a machine whose numbers are not known has no filter, and so no sandbox', () => {
  expect(makeSyscallFilter('riscv64')).toBeNull();
});
