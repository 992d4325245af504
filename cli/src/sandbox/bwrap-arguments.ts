/**
 * A profile as arguments of bubblewrap, bwrap(1). Order is meaning there: each mount covers what came before.
 * Contents travel by file descriptor, so that no argument holds them.
 */

import { dirname, join } from 'node:path/posix';
import type { PathRule, Profile } from './profile.ts';

/**
 * Root owns these, and an owner needs no capability to write: what the kernel runs on a crash stands in /proc/sys.
 * bwrap itself covers only those whose folder can be written. The list is that of container engines, and mtrr.
 */
const PROC_CLOSED = [
  'sys',
  'sysrq-trigger',
  'irq',
  'bus',
  'fs',
  'acpi',
  'scsi',
  'driver',
  'mtrr',
  'pressure',
];

/** What bwrap is started with. */
export interface BwrapArguments {
  readonly args: readonly string[];
  /** Contents that bwrap reads, by descriptor, in the order of their numbers from `firstDescriptor` on. */
  readonly contents: readonly Buffer[];
}

/** What does not come from the profile. */
export interface BwrapOptions {
  /** The filter on system calls. */
  readonly filter: Buffer;
  /** Number of the first descriptor that contents are handed over by. */
  readonly firstDescriptor: number;
  readonly workingFolder: string;
}

/**
 * Namespaces and rights, alike for root and for everybody.
 * SECURITY(P-50): without a network of the host there is no route but what is handed in as a listening socket.
 * No new terminal session: job control needs the old one, and the filter refuses to type into it.
 */
const CONFINEMENT = [
  '--unshare-user-try',
  '--unshare-net',
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--unshare-cgroup-try',
  '--die-with-parent',
  '--cap-drop',
  'ALL',
] as const;

/** Makes the arguments, up to and with the `--` before the program. */
export function toBwrapArguments(profile: Profile, options: BwrapOptions): BwrapArguments {
  const mounts = new MountList(profile, options.firstDescriptor + 1);
  const args = [
    ...CONFINEMENT,
    '--seccomp',
    String(options.firstDescriptor),
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...procArguments(),
    ...mounts.args(),
    ...['--chdir', options.workingFolder, '--'],
  ];
  return { args, contents: [options.filter, ...mounts.contents] };
}

/** The smallest sandbox of this kind, to see whether one can be started here at all. */
export function probeArguments(filterDescriptor: number): readonly string[] {
  return [
    ...CONFINEMENT,
    ...['--seccomp', String(filterDescriptor), '--ro-bind', '/', '/', '--dev', '/dev'],
    ...['--proc', '/proc', '--perms', '0700', '--size', '65536', '--tmpfs', '/tmp'],
    ...['--remount-ro', '/tmp', '--', '/bin/true'],
  ];
}

function procArguments(): readonly string[] {
  const paths = PROC_CLOSED.map((name) => `/proc/${name}`);
  // Not every kernel has every one of them.
  return paths.flatMap((path) => ['--ro-bind-try', path, path]);
}

class MountList {
  readonly contents: Buffer[] = [];
  readonly #profile: Profile;
  readonly #byPath: ReadonlyMap<string, PathRule>;
  #descriptor: number;

  constructor(profile: Profile, firstDescriptor: number) {
    this.#profile = profile;
    this.#byPath = new Map(profile.rules.map((rule) => [rule.path, rule]));
    this.#descriptor = firstDescriptor;
  }

  args(): readonly string[] {
    const { rules } = this.#profile;
    const closed = rules.filter((rule) => this.#isCoveredFolder(rule) || isClosed(rule));
    return [
      ...rules.flatMap((rule) => this.#mount(rule)),
      // Last, since what stands inside a hidden folder needs a place to be mounted on first.
      ...closed.flatMap(({ path }) => ['--remount-ro', path]),
    ];
  }

  #mount(rule: PathRule): readonly string[] {
    const { path } = rule;
    switch (rule.access) {
      case 'read-only':
        return ['--ro-bind', path, path];
      case 'writable':
        return ['--bind', path, path];
      case 'replaced':
        return ['--bind', rule.from, path];
      case 'private':
        return ownFolder(path, rule.maxBytes, rule.mode);
      case 'carved':
        return [...ownFolder(path, rule.maxBytes, 0o755), ...this.#entries(rule)];
      case 'copied':
        this.contents.push(Buffer.from(rule.content));
        this.#descriptor += 1;
        return ['--perms', '0600', '--file', String(this.#descriptor - 1), path];
      case 'laid':
        this.contents.push(Buffer.from(rule.content));
        this.#descriptor += 1;
        return ['--perms', '0444', '--ro-bind-data', String(this.#descriptor - 1), path];
      case 'hidden':
        if (this.#isLeftOut(path)) return [];
        // Opening it is refused: devices cannot be used on a mount of this kind.
        return rule.kind === 'folder'
          ? ownFolder(path, HIDDEN_BYTES, 0o755)
          : ['--ro-bind', '/dev/null', path];
    }
  }

  #entries(rule: PathRule & { readonly access: 'carved' }): readonly string[] {
    return rule.entries.flatMap(({ name, kind, target }) => {
      const path = join(rule.path, name);
      if (this.#byPath.has(path)) return [];
      if (kind === 'link') return target === null ? [] : ['--symlink', target, path];
      return ['--ro-bind', path, path];
    });
  }

  /** What a carved folder does not show needs no cover. */
  #isLeftOut(path: string): boolean {
    return this.#byPath.get(dirname(path))?.access === 'carved';
  }

  #isCoveredFolder(rule: PathRule): boolean {
    return rule.access === 'hidden' && rule.kind === 'folder' && !this.#isLeftOut(rule.path);
  }
}

function isClosed(rule: PathRule): boolean {
  return rule.access === 'carved' && rule.closed === true;
}

/** A hidden folder holds nothing but the places of what stands in it. */
const HIDDEN_BYTES = 1024 * 1024;

function ownFolder(path: string, maxBytes: number, mode: number): readonly string[] {
  const perms = mode.toString(8).padStart(4, '0');
  return ['--perms', perms, '--size', String(maxBytes), '--tmpfs', path];
}
