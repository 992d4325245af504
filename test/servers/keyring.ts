/**
 * A Secret Service of a test's own: a D-Bus session bus and a gnome-keyring in a fresh home, which nothing else on this
 * machine can see. It can be locked, never unlocked, slow for ever, or not be there at all.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** `never unlocked` runs and has no collection; `no service` is a bus that nobody answers on. */
export type KeyringState = 'unlocked' | 'never unlocked' | 'no service' | 'no bus';

/** Who answers when a locked keyring asks for its password: nobody at once, or nobody ever. */
export type Prompter = 'dismisses' | 'hangs';

export interface PrivateKeyring {
  /** Variables that lead a program here, and its home. */
  readonly env: Readonly<Record<string, string>>;
  /** Locks the collection, as a desktop does when nobody is there. */
  lock(): void;
  /** Unlocks it again, as a person would. */
  unlock(): Promise<void>;
  /** Stops the keyring in its tracks, and lets it go on. */
  suspend(): void;
  resume(): void;
  /** Ends the keyring; the bus stays. */
  endService(): Promise<void>;
  /** What secret-tool, a program of somebody else, finds; null when nothing. */
  lookup(service: string, account: string): string | null;
  /** Ends everything and removes the home. */
  stop(): Promise<void>;
}

/** The password of the collection. An empty one makes no collection. */
const PASSWORD = 'ci';

/** Longest wait for a bus or a keyring in milliseconds. */
const PATIENCE_MS = 10_000;

const PROGRAMS = ['dbus-daemon', 'gnome-keyring-daemon', 'secret-tool'] as const;
const PACKAGES = ['dbus', 'gnome-keyring', 'libsecret-tools'] as const;

/** Why there can be no keyring here; null when there can. Installs what is missing where that is possible. */
export function whyNoKeyring(): string | null {
  if (process.platform !== 'linux') return 'the private keyring is of Linux only';
  const missing = (): readonly string[] =>
    PROGRAMS.filter((program) => spawnSync('which', [program]).status !== 0);
  if (missing().length > 0 && process.getuid?.() === 0) {
    spawnSync('apt-get', ['install', '-y', ...PACKAGES], { stdio: 'ignore', timeout: 120_000 });
  }
  const still = missing();
  return still.length === 0 ? null : `${still.join(', ')} cannot be installed`;
}

/** Starts a keyring in a state. */
export async function startKeyring(
  state: KeyringState,
  prompter: Prompter = 'dismisses',
): Promise<PrivateKeyring> {
  const keyring = new RunningKeyring(prompter);
  try {
    if (state !== 'no bus') await keyring.startBus();
    if (state === 'unlocked') await keyring.startService(['--unlock']);
    if (state === 'never unlocked') await keyring.startService(['--start']);
    return keyring;
  } catch (error) {
    await keyring.stop();
    throw error;
  }
}

class RunningKeyring implements PrivateKeyring {
  readonly #home = mkdtempSync(join(tmpdir(), 'keyring-'));
  readonly #children: ChildProcess[] = [];
  #service: ChildProcess | null = null;
  env: Record<string, string>;

  constructor(prompter: Prompter) {
    const runtime = join(this.#home, 'run');
    mkdirSync(runtime, { mode: 0o700 });
    this.env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#home,
      XDG_RUNTIME_DIR: runtime,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(runtime, 'no-bus')}`,
    };
    this.#writeConfig(prompter);
  }

  async startBus(): Promise<void> {
    const bus = spawn(
      'dbus-daemon',
      ['--config-file', join(this.#home, 'bus.conf'), '--print-address', '--nofork'],
      { env: this.env, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    this.#children.push(bus);
    for await (const line of createInterface({ input: bus.stdout })) {
      this.env = { ...this.env, DBUS_SESSION_BUS_ADDRESS: line };
      return;
    }
    throw new Error('the bus did not say where it is');
  }

  async startService(args: readonly string[]): Promise<void> {
    const service = spawn(
      'gnome-keyring-daemon',
      [...args, '--foreground', '--components=secrets'],
      { env: this.env, stdio: ['pipe', 'ignore', 'ignore'] },
    );
    this.#children.push(service);
    this.#service = service;
    service.stdin.end(PASSWORD);
    const until = Date.now() + PATIENCE_MS;
    while (!this.#isThere() && Date.now() < until) await sleep(20);
  }

  lock(): void {
    const to = ['--session', '--print-reply', '--dest=org.freedesktop.secrets'];
    const call = ['/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock'];
    const what = 'array:objpath:/org/freedesktop/secrets/collection/login';
    execFileSync('dbus-send', [...to, ...call, what], { env: this.env });
  }

  /** A running one is told by nothing but its own prompt, so it starts anew with its password. */
  async unlock(): Promise<void> {
    await this.endService();
    await this.startService(['--unlock']);
  }

  suspend(): void {
    this.#service?.kill('SIGSTOP');
  }

  resume(): void {
    this.#service?.kill('SIGCONT');
  }

  async endService(): Promise<void> {
    await end(this.#service);
    this.#service = null;
  }

  lookup(service: string, account: string): string | null {
    const found = spawnSync('secret-tool', ['lookup', 'service', service, 'username', account], {
      env: this.env,
      encoding: 'utf8',
    });
    return found.status === 0 ? found.stdout : null;
  }

  async stop(): Promise<void> {
    for (const child of this.#children.toReversed()) await end(child);
    this.#endPrompter();
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** Started by the bus and not by us, it outlives the bus. */
  #endPrompter(): void {
    const file = join(this.#home, 'prompter.pid');
    if (!existsSync(file)) return;
    try {
      process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }

  #isThere(): boolean {
    const args = ['--session', '--dest=org.freedesktop.DBus', '--print-reply=literal'];
    const call = ['/', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
    const said = spawnSync('dbus-send', [...args, ...call], { env: this.env, encoding: 'utf8' });
    return said.stdout.includes('true');
  }

  /** A bus that starts no program but the prompter given here. */
  #writeConfig(prompter: Prompter): void {
    const services = join(this.#home, 'services');
    mkdirSync(services);
    const waits = join(this.#home, 'prompter.sh');
    writeFileSync(waits, `#!/bin/sh\necho $$ > ${this.#home}/prompter.pid\nexec sleep 600\n`, {
      mode: 0o700,
    });
    const program = prompter === 'hangs' ? waits : '/bin/false';
    const name = 'org.gnome.keyring.SystemPrompter';
    const service = `[D-BUS Service]\nName=${name}\nExec=${program}\n`;
    writeFileSync(join(services, `${name}.service`), service);
    writeFileSync(
      join(this.#home, 'bus.conf'),
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=${this.#home}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>${services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`,
    );
  }
}

async function end(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
