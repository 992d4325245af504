/**
 * The filter on system calls that every process of a sandbox runs under, as a classic BPF program for seccomp(2).
 * It closes what namespaces leave open: typing into the terminal, kernel keyrings, new namespaces, sockets of
 * families that no network namespace holds.
 * SECURITY(P-53): an unknown architecture gets no call through, and a machine whose numbers are unknown no sandbox.
 */

/** The calls and numbers of one machine. */
interface Machine {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly arch: number;
  /** First number of a second calling convention that would pass by the others; null where there is none. */
  readonly foreignFrom: number | null;
  readonly ioctl: number;
  readonly socket: number;
  readonly unshare: number;
  readonly clone: number;
  readonly clone3: number;
  readonly ioUringSetup: number;
  /** Refused whatever their arguments are: keyrings, namespaces, mounts, loading into the kernel. */
  readonly refused: readonly number[];
}

/** Numbers from arch/x86/entry/syscalls/syscall_64.tbl. */
const X64: Machine = {
  arch: 0xc000003e,
  // __X32_SYSCALL_BIT: the same kernel with other numbers.
  foreignFrom: 0x40000000,
  ioctl: 16,
  socket: 41,
  unshare: 272,
  clone: 56,
  clone3: 435,
  ioUringSetup: 425,
  refused: [
    // add_key request_key keyctl
    248, 249, 250,
    // pivot_root mount umount2 setns
    155, 165, 166, 308,
    // open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr
    428, 429, 430, 431, 432, 433, 442,
    // bpf perf_event_open userfaultfd name_to_handle_at open_by_handle_at
    321, 298, 323, 303, 304,
    // kexec_load init_module delete_module finit_module kexec_file_load
    246, 175, 176, 313, 320,
  ],
};

/** Numbers from include/uapi/asm-generic/unistd.h. */
const ARM64: Machine = {
  arch: 0xc00000b7,
  foreignFrom: null,
  ioctl: 29,
  socket: 198,
  unshare: 97,
  clone: 220,
  clone3: 435,
  ioUringSetup: 425,
  refused: [
    217, 218, 219, 41, 40, 39, 268, 428, 429, 430, 431, 432, 433, 442, 280, 241, 282, 264, 265, 104,
    105, 106, 273, 294,
  ],
};

/** Machines that a filter is known for, by Node's name. */
const MACHINES: Readonly<Record<string, Machine>> = { x64: X64, arm64: ARM64 };

// linux/bpf_common.h, spelled out.
const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

// linux/seccomp.h and asm-generic/errno.h.
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const EPERM = ERRNO | 1;
const ENOSYS = ERRNO | 38;
const EAFNOSUPPORT = ERRNO | 97;

// Offsets into struct seccomp_data; arguments are 64 bits wide and their low half comes first on both machines.
const NUMBER = 0;
const ARCH = 4;
const ARGUMENT_0 = 16;
const ARGUMENT_1 = 24;

/** tty_ioctl(4): TIOCSTI types into a terminal, TIOCLINUX pastes into a console. */
const TYPING_IOCTLS = [0x5412, 0x541c];

/** Every CLONE_NEW* of linux/sched.h that clone(2) and unshare(2) share. */
const NEW_NAMESPACES = 0x7e020000;
/** CLONE_NEWTIME is one for unshare(2) alone; for clone(2) the bit belongs to the signal. */
const NEW_TIME = 0x80;

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: held by the network namespace. AF_VSOCK, for one, is not. */
const FAMILIES = [1, 2, 10, 16];

type Instruction = readonly [code: number, yes: number, no: number, value: number];

/**
 * The program as bytes that `bwrap --seccomp` reads.
 * @param machine `process.arch`
 * @returns null for a machine whose numbers are not known here
 */
export function makeSyscallFilter(machine: string): Buffer | null {
  const numbers = MACHINES[machine];
  if (numbers === undefined) return null;
  const program: Instruction[] = [
    [LOAD_WORD, 0, 0, ARCH],
    // Programs of another architecture count their calls differently, so they get none.
    [JUMP_EQUAL, 1, 0, numbers.arch],
    [RETURN, 0, 0, ENOSYS],
    [LOAD_WORD, 0, 0, NUMBER],
    ...(numbers.foreignFrom === null ? [] : foreign(numbers.foreignFrom)),
    ...numbers.refused.flatMap((call) => refuse(call, EPERM)),
    // glibc falls back to clone(2), whose flags can be looked at; libuv falls back to epoll.
    ...refuse(numbers.clone3, ENOSYS),
    ...refuse(numbers.ioUringSetup, ENOSYS),
    ...onCall(numbers.clone, refuseBits(ARGUMENT_0, NEW_NAMESPACES)),
    ...onCall(numbers.unshare, refuseBits(ARGUMENT_0, NEW_NAMESPACES | NEW_TIME)),
    ...onCall(numbers.ioctl, refuseValues(ARGUMENT_1, TYPING_IOCTLS)),
    ...onCall(numbers.socket, allowValues(ARGUMENT_0, FAMILIES)),
    [RETURN, 0, 0, ALLOW],
  ];
  return encode(program);
}

function foreign(from: number): Instruction[] {
  return [
    [JUMP_AT_LEAST, 0, 1, from],
    [RETURN, 0, 0, ENOSYS],
  ];
}

function refuse(call: number, answer: number): Instruction[] {
  return [
    [JUMP_EQUAL, 0, 1, call],
    [RETURN, 0, 0, answer],
  ];
}

/** A block that ends in an answer for one call, and is jumped over for the others. */
function onCall(call: number, block: readonly Instruction[]): Instruction[] {
  return [[JUMP_EQUAL, 0, block.length, call], ...block];
}

function refuseBits(argument: number, bits: number): Instruction[] {
  return [
    [LOAD_WORD, 0, 0, argument],
    [JUMP_ANY_BIT, 0, 1, bits],
    [RETURN, 0, 0, EPERM],
    [RETURN, 0, 0, ALLOW],
  ];
}

function refuseValues(argument: number, values: readonly number[]): Instruction[] {
  return [
    [LOAD_WORD, 0, 0, argument],
    ...values.flatMap((value) => refuse(value, EPERM)),
    [RETURN, 0, 0, ALLOW],
  ];
}

function allowValues(argument: number, values: readonly number[]): Instruction[] {
  return [
    [LOAD_WORD, 0, 0, argument],
    // The kernel takes the family as a whole int, so no high bit is masked away.
    ...values.flatMap((value): Instruction[] => [
      [JUMP_EQUAL, 0, 1, value],
      [RETURN, 0, 0, ALLOW],
    ]),
    [RETURN, 0, 0, EAFNOSUPPORT],
  ];
}

/** struct sock_filter of linux/filter.h: 16 bits code, two jumps of 8 bits, 32 bits value. */
function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [at, [code, yes, no, value]] of program.entries()) {
    bytes.writeUInt16LE(code, at * 8);
    bytes.writeUInt8(yes, at * 8 + 2);
    bytes.writeUInt8(no, at * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, at * 8 + 4);
  }
  return bytes;
}
