/**
 * The proxy with everything behind it but the operating system's resolver: names lead where a test says. The record,
 * the sessions, the deciding and every socket are the real ones.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSqlParser, parsePolicy, policyWithoutFile } from '@agentguard/rules';
import type { PolicyState } from '@agentguard/rules';
import { ApprovalQueue } from '../../../daemon/src/approvals/approval-queue.ts';
import { openAuditLog } from '../../../daemon/src/audit/audit-log.ts';
import type { AuditLogHandle } from '../../../daemon/src/audit/audit-log.ts';
import type { AuditEntry } from '../../../daemon/src/audit/entry.ts';
import { generateSigningKey, loadSigner } from '../../../daemon/src/audit/signing-key.ts';
import { Reach } from '../../../daemon/src/egress/reach.ts';
import type { GuardedEndpoint } from '../../../daemon/src/egress/reach.ts';
import { Enforcer } from '../../../daemon/src/enforcement/enforcer.ts';
import { HttpProxy } from '../../../daemon/src/protocols/http/connection.ts';
import { SessionStore } from '../../../daemon/src/sessions/session-store.ts';
import { makeProxySessions } from '../../../daemon/src/wiring/proxy-sessions.ts';
import { systemClock } from '../../../daemon/src/wiring/system-clock.ts';

/** How a stage differs from an empty one. */
export interface StageOptions {
  /** Entries as they stand below `egress: hosts:`, in YAML. */
  readonly hosts?: readonly string[];
  /** Where names lead: for each look-up the next list, the last one for ever. */
  readonly names?: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly guarded?: readonly GuardedEndpoint[];
  /** Addresses that count as this machine's own, beside the loopback. */
  readonly ownAddresses?: readonly string[];
  readonly agent?: string;
  /** A free one by default. */
  readonly port?: number;
}

/** A session of a stage. */
export interface StageSession {
  readonly id: string;
  readonly token: string;
  /** `http://agent:TOKEN@127.0.0.1:PORT`. */
  readonly proxyUrl: string;
  end(): void;
}

/** A running proxy. */
export interface ProxyStage {
  readonly port: number;
  readonly proxy: HttpProxy;
  /** Names that were looked up, in order. */
  readonly lookedUp: readonly string[];
  /** What strangers did: callers without a live session's token. */
  readonly strangers: readonly string[];
  session(): StageSession;
  /** Everything on the record so far, oldest first. */
  record(): Promise<readonly AuditEntry[]>;
  /** The record in short lines: `allow api.test:443`, `outcome done`, `refused server name`. */
  lines(): Promise<readonly string[]>;
  /** Makes every append fail from now on. */
  breakRecord(): void;
  close(): Promise<void>;
}

/** Starts a proxy at a free port. */
export async function startProxyStage(options: StageOptions = {}): Promise<ProxyStage> {
  const folder = mkdtempSync(join(tmpdir(), 'ag-egress-'));
  const signer = loadSigner(generateSigningKey('test/1').secret);
  const audit = await openAuditLog({ folder, signer });
  let recordBroken = false;
  const sessions = new SessionStore<null>({ clock: systemClock, makeVerifier: () => null });
  const policy: PolicyState = { kind: 'in force', policy: policyWithoutFile('r1') };
  const enforcement = new Enforcer({
    audit: {
      append: (entry, durability) =>
        recordBroken ? Promise.reject(new Error('broken')) : audit.append(entry, durability),
    },
    approvals: new ApprovalQueue(systemClock),
    sessions,
    runningTools: () => [],
    policy: () => policy,
    windowOpen: () => false,
    now: () => Date.now(),
    onAuditFailure: () => undefined,
  });
  const lookedUp: string[] = [];
  const strangers: string[] = [];
  const ports: number[] = [];
  const reach = new Reach({
    listed: readHosts(options.hosts ?? []),
    lookup: makeLookup(options.names ?? {}, lookedUp),
    ownAddresses: () => options.ownAddresses ?? [],
    ownPorts: () => ports,
    guardedApi: () => false,
    guarded: () => Promise.resolve(options.guarded ?? []),
  });
  const proxy = new HttpProxy({
    enforcement,
    interception: { covers: () => false, take: () => Promise.resolve() },
    sessions: makeProxySessions({ sessions, onElsewhere: () => undefined }),
    reach,
    onStranger: (what) => strangers.push(what),
    onProblem: () => undefined,
  });
  const port = await proxy.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  ports.push(port);
  return {
    port,
    proxy,
    lookedUp,
    strangers,
    session: () => openSession(sessions, options.agent ?? 'node', port),
    record: () => readRecord(audit),
    lines: async () => (await readRecord(audit)).map(toLine),
    breakRecord: () => {
      recordBroken = true;
    },
    close: async () => {
      sessions.endAll('daemon stopped');
      await proxy.close();
      await audit.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function readHosts(hosts: readonly string[]): NonNullable<Parsed['egressHosts']> {
  const list = hosts.map((host) => `    - ${host}\n`).join('');
  const parsed = parsePolicy(
    `version: 1\negress:\n  hosts:${list === '' ? ' []' : `\n${list}`}`,
    PARSER,
  );
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.file.egressHosts ?? [];
}

const PARSER = await loadSqlParser();

type Parsed = (ReturnType<typeof parsePolicy> & { readonly ok: true })['file'];

function makeLookup(
  names: Readonly<Record<string, readonly (readonly string[])[]>>,
  lookedUp: string[],
): (name: string) => Promise<readonly string[]> {
  const left = new Map(Object.entries(names).map(([name, answers]) => [name, [...answers]]));
  return (name) => {
    lookedUp.push(name);
    const answers = left.get(name);
    const answer = answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0];
    return answer === undefined
      ? Promise.reject(new Error('no such name'))
      : Promise.resolve(answer);
  };
}

function openSession(sessions: SessionStore<null>, agent: string, port: number): StageSession {
  const { session, token } = sessions.create({
    person: 'ana',
    agent,
    label: null,
    resources: [],
    workspace: '/shop',
    askTimeoutMs: 0,
    attended: false,
    root: null,
    held: false,
  });
  return {
    id: session.id,
    token,
    proxyUrl: `http://agent:${token}@127.0.0.1:${port}`,
    end: () => sessions.end(session.id, 'ended'),
  };
}

async function readRecord(audit: AuditLogHandle): Promise<readonly AuditEntry[]> {
  const rows = await audit.query({ limit: 1000 });
  return rows.map(({ body }) => (JSON.parse(body) as { readonly entry: AuditEntry }).entry);
}

function toLine(entry: AuditEntry): string {
  switch (entry.type) {
    case 'intent':
      return `${entry.verdict} ${entry.resource.name}`;
    case 'outcome':
      return `outcome ${entry.result}${entry.errorCode === null ? '' : ` ${entry.errorCode}`}`;
    case 'approval':
      return `approval ${entry.answer}`;
    case 'event':
      return `${entry.name} ${String(entry.details['what'])}`;
  }
}
