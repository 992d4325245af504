/**
 * The daemon's entry: everything is built and wired here, and nowhere else.
 * `daemon.js` runs the daemon, with `--passphrase` it reads the vault's from standard input;
 * `daemon.js verify-folder FOLDER KEY` verifies a copy of a record.
 */

import { existsSync } from 'node:fs';
import { networkInterfaces, userInfo } from 'node:os';
import { join } from 'node:path';
import { SecretError } from './errors.ts';
import {
  AgentguardError,
  analyzeSql,
  loadSqlParser,
  PACKS,
  toStatementShape,
} from '@agentguard/rules';
import type { PolicyState } from '@agentguard/rules';
import { pino } from 'pino';
import { ApprovalQueue } from './approvals/approval-queue.ts';
import type { AuditLogHandle } from './audit/audit-log.ts';
import { toRecordPaths } from './audit/record-folder.ts';
import { verifyDatabaseFile } from './audit/verify-file.ts';
import {
  EXIT_ALREADY_RUNNING,
  NOTE_MARK,
  PASSPHRASE_ARGUMENT,
} from './control/contract/client/start-daemon.ts';
import type { Actor } from './control/server/actor.ts';
import { describeRights } from './control/server/authorize.ts';
import { startControlServer } from './control/server/control-server.ts';
import type { ControlHandlers } from './control/server/handlers.ts';
import { Reach } from './egress/reach.ts';
import { RefusalBudget } from './egress/refusal-budget.ts';
import { Enforcer } from './enforcement/enforcer.ts';
import { makeApprovalCalls, makeApprovalWatch } from './handlers/approval-handlers.ts';
import { makeAuditCalls, makeAuditStreams } from './handlers/audit-handlers.ts';
import { makeHardenCall } from './handlers/harden-handler.ts';
import { makeApiCalls } from './handlers/api-handlers.ts';
import { makeHookCalls } from './handlers/hook-handlers.ts';
import { makeMcpCalls } from './handlers/mcp-handlers.ts';
import { makePanicCalls } from './handlers/panic-handlers.ts';
import { makeRecordEvent } from './handlers/record-event.ts';
import { makeProjectCalls } from './handlers/project-handlers.ts';
import { makeResourceCalls } from './handlers/resource-handlers.ts';
import { makeSecretCalls } from './handlers/secret-handlers.ts';
import { makeSessionCalls, makeSessionHold } from './handlers/session-handlers.ts';
import { makeCheckScope } from './handlers/check-scope.ts';
import { makePolicyCalls } from './handlers/policy-handlers.ts';
import { makeStatusCalls } from './handlers/status-handlers.ts';
import { makeTokenCalls } from './handlers/token-handlers.ts';
import { makeUndoCalls } from './handlers/undo-handlers.ts';
import { makeWindowCalls } from './handlers/window-handlers.ts';
import { HookListener } from './hooks/connection.ts';
import { HookDesk } from './hooks/hook-desk.ts';
import { CallCounts } from './mcp-servers/call-counts.ts';
import { examineServer } from './mcp-servers/examine-server.ts';
import { guardedForPerson, makeServerDirectory } from './mcp-servers/server-directory.ts';
import type { ServerDirectoryParts } from './mcp-servers/server-directory.ts';
import { environmentHere } from './mcp-servers/server-environment.ts';
import { McpServerStore } from './mcp-servers/server-store.ts';
import { PanicSwitch } from './panic/panic-switch.ts';
import { findGuarded } from './platform/ancestry.ts';
import { openLogFile } from './platform/log-file.ts';
import { ensureOwnerFolder } from './platform/owner-only.ts';
import { resolvePaths } from './platform/paths.ts';
import type { Paths } from './platform/paths.ts';
import { isAlive } from './platform/processes.ts';
import { acquireInstanceLock } from './platform/single-instance.ts';
import { AcceptedPolicies } from './policy/accepted-policies.ts';
import { describeMissingTables } from './policy/missing-tables.ts';
import { PolicyKeeper } from './policy/policy-keeper.ts';
import { watchPolicy } from './policy/watch-policy.ts';
import { McpListener } from './protocols/mcp/connection.ts';
import { HttpProxy } from './protocols/http/connection.ts';
import { LOOKUP_TIMEOUT_MS } from './protocols/http/limits.ts';
import { PostgresListener } from './protocols/postgres/connection.ts';
import type { TokenVerifier } from './protocols/postgres/scram.ts';
import { GuardedEndpoints } from './resources/guarded-endpoints.ts';
import { GuardedDatabases } from './resources/guarded-databases.ts';
import { ApiStore } from './resources/api-store.ts';
import { ResourceStore } from './resources/resource-store.ts';
import { openVault } from './secrets/open-vault.ts';
import type { SecretValue } from './secrets/secret-value.ts';
import { RunningTools } from './sessions/running-tools.ts';
import { SessionStore } from './sessions/session-store.ts';
import { StepSaver } from './sessions/step-saver.ts';
import { TokenDesk } from './sessions/token-desk.ts';
import { readTokenFile } from './sessions/token-file.ts';
import { LISTENER_HOST, openAtKeptPort } from './wiring/listener-port.ts';
import { readPassphrase } from './wiring/read-passphrase.ts';
import { makeListenerTls } from './wiring/listener-tls.ts';
import { makeNameLookup } from './wiring/name-lookup.ts';
import { makeProxySessions } from './wiring/proxy-sessions.ts';
import { findHookSession, guardPlace } from './wiring/hook-sessions.ts';
import { loadRecordSigner } from './wiring/record-key.ts';
import { makeRoleReach } from './wiring/role-reach.ts';
import { serverIdentity } from './resources/server-identity.ts';
import { startApis } from './wiring/start-apis.ts';
import { startRecord } from './wiring/start-record.ts';
import { systemClock } from './wiring/system-clock.ts';
import {
  makeTokenDirectory,
  TokenSalt,
  toVerifier,
  toVerifierText,
} from './wiring/token-directory.ts';
import { loadTokenKey } from './wiring/token-key.ts';
import { SavedRowKeeper } from './undo/row-keeper.ts';
import { makeOpenUndoSession } from './undo/session.ts';
import { UndoStore } from './undo/undo-store.ts';
import { isCovered, toMigrationStatements } from './windows/migration-statements.ts';
import { MigrationWindows } from './windows/migration-windows.ts';

/** Said once, when the vault of a home is made. */
const NO_KEYCHAIN =
  'no keychain answers here, so this home keeps its secrets in an encrypted file of its own (agentguard secret backend)';

async function runDaemon(paths: Paths, passphrase: SecretValue | null): Promise<void> {
  for (const folder of [paths.config, paths.state, paths.runtime]) ensureOwnerFolder(folder);
  const instance = acquireInstanceLock(paths.lock, paths.socket);
  if (instance.kind === 'taken') {
    process.exitCode = EXIT_ALREADY_RUNNING;
    return;
  }
  const logFile = openLogFile(paths.log);
  const log = pino({ base: { pid: process.pid } }, logFile);
  const now = (): number => systemClock.now();

  const opened = await openVault({ paths, env: process.env, now, passphrase });
  // Whoever starts the daemon reads its first words, and passes these on.
  if (opened.chosenBy === 'no keychain') process.stderr.write(`${NOTE_MARK}${NO_KEYCHAIN}\n`);
  const { vault } = opened;
  const resources = new ResourceStore(join(paths.config, 'resources.json'), vault);
  const apiStore = new ApiStore(join(paths.config, 'apis.json'), vault);
  const parser = await loadSqlParser();
  const policyPath = join(paths.config, 'agentguard.yaml');
  const accepted = new AcceptedPolicies(join(paths.state, 'accepted-policies.json'));
  const keeper = new PolicyKeeper({
    path: policyPath,
    accepted,
    parser,
    onChange: (change) => {
      log.info(change, 'policy');
      void recordEvent('policy changed', { ...change }).catch(() => {
        // Said by the failing record itself; what is in force is in force.
      });
    },
  });
  const panicSwitch = new PanicSwitch(join(paths.state, 'panic.json'));
  const policyFor = (workspace: string | null): PolicyState =>
    panicSwitch.panic === null
      ? keeper.stateFor(workspace)
      : { kind: 'stopped', by: panicSwitch.panic.by };
  if (keeper.problem !== null) log.error({ problem: keeper.problem }, 'policy');

  let auditProblem: string | null = null;
  const recordFolder = join(paths.state, 'record');
  ensureOwnerFolder(recordFolder);
  const audit = await startRecord(
    {
      folder: recordFolder,
      signer: await loadRecordSigner(vault, recordFolder),
      onCheckpointFailure: (error) => {
        log.error({ code: error.code }, 'a checkpoint could not be signed');
      },
    },
    now,
  );
  const recordEvent = makeRecordEvent(audit, now);

  const databases = new GuardedDatabases({
    store: resources,
    facts: (resource) => ({
      ...resource,
      environment: keeper.environmentOf(resource.name, resource.environment),
    }),
    onWarning: (resource, error) => {
      log.warn({ resource, error: describeError(error) }, 'catalog');
    },
  });
  const approvals = new ApprovalQueue(systemClock);
  const windows = new MigrationWindows();
  const tokensPath = join(paths.state, 'tokens.json');
  const tokenKey = await loadTokenKey(vault);
  const tokenFile = readTokenFile(tokensPath, tokenKey);
  if (tokenFile.refused > 0) log.error({ entries: tokenFile.refused }, 'tokens that are not ours');
  const salt = new TokenSalt(tokenFile.salt);
  const sessions = new SessionStore({
    clock: systemClock,
    makeVerifier: (token) => salt.makeVerifier(token),
    processesOf: ({ root, id }) => (root === null ? [] : findGuarded(root, id)),
    isAlive,
  });
  const saver = new StepSaver(systemClock);
  const runningTools = new RunningTools();
  const tokenDesk = new TokenDesk<TokenVerifier>({
    path: tokensPath,
    key: tokenKey,
    clock: systemClock,
    file: tokenFile,
    sessions,
    makeVerifier: (token) => salt.makeVerifier(token),
    toText: toVerifierText,
    fromText: toVerifier,
    onProblem: (error) => {
      log.error({ error: describeError(error) }, 'tokens');
    },
  });
  const undoStore = new UndoStore(join(paths.state, 'undo-rows'), vault, now);
  const openUndo = makeOpenUndoSession((name) => databases.openOwn(name));
  const enforcement = new Enforcer({
    rows: new SavedRowKeeper({
      open: openUndo,
      store: undoStore,
      now,
      onProblem: (cause) => {
        log.warn({ error: describeError(cause) }, 'rows could not be saved');
      },
    }),
    audit: watchAppends(audit, (problem) => {
      auditProblem = problem;
    }),
    approvals,
    sessions,
    runningTools: (session) => runningTools.of(session),
    policy: (session) => policyFor(sessions.workspaceOf(session)),
    windowOpen: (resource, at, { action, text }) =>
      windows.isOpenFor(resource, at, (migration) => {
        if (action.protocol !== 'postgres') return false;
        return isCovered(migration, { text, facts: action.sql }, parser);
      }),
    now,
    onAuditFailure: (error) => {
      log.error({ code: error.code }, 'the record could not be written; nothing passes');
    },
  });

  const listener = new PostgresListener<string>({
    enforcement,
    tokens: makeTokenDirectory({
      salt,
      sessions,
      desk: tokenDesk,
      onElsewhere: (session) => {
        log.warn({ session }, 'a token was presented from outside of its session');
        const details = { method: 'connect', why: 'its token was presented from outside' };
        void recordEvent('attempt refused', details, session).catch(() => {
          // Said by the failing record itself; the attempt stays refused.
        });
      },
    }),
    resource: (name) => databases.guarded(name),
    analyze: (text, context) => analyzeSql(text, context, parser),
    toShape: toStatementShape,
    reach: makeRoleReach({
      parser,
      policy: (session) => policyFor(sessions.workspaceOf(session)),
      claims: (session) => sessions.claims(session),
    }),
    identity: (connection) =>
      serverIdentity(connection, sessions.claims(connection.principal.session) ?? null),
    tls: makeListenerTls(join(paths.runtime, 'listener.pem')),
    now: () => performance.now(),
    onProblem: ({ what, connection, resource, cause }) => {
      log.warn({ connection, resource, error: describeError(cause) }, what);
    },
  });
  const port = await openAtKeptPort(listener, join(paths.state, 'listener.json'));
  const address = (): { host: string; port: number } => ({ host: LISTENER_HOST, port });

  const endpoints = new GuardedEndpoints({
    names: () => resources.list().map(({ name }) => name),
    url: (name) => resources.url(name),
    now: () => performance.now(),
  });
  const ownPorts = [port];
  const refusals = new RefusalBudget(performance.now());
  const recordRefusal = (why: string, session?: string): void => {
    const heldBack = refusals.take(performance.now());
    if (heldBack === null) return;
    log.warn({ session, why, heldBack }, 'the proxy refused a client');
    const details = { method: 'proxy', why, heldBack };
    void recordEvent('attempt refused', details, session).catch(() => {
      // Said by the failing record itself; the attempt stays refused.
    });
  };
  const reach = {
    lookup: makeNameLookup(LOOKUP_TIMEOUT_MS),
    ownAddresses,
    ownPorts: () => ownPorts,
    guarded: () => endpoints.list(),
  };
  const apis = startApis({
    store: apiStore,
    sessions,
    packs: PACKS,
    parser,
    enforcement,
    reach: { ...reach, guardedApi: () => false },
    now,
    onProblem: (what, cause) => {
      log.warn({ error: describeError(cause) }, what);
    },
  });
  const proxy = new HttpProxy({
    enforcement,
    interception: apis.interception,
    sessions: makeProxySessions({
      sessions,
      onElsewhere: (session) => recordRefusal('its token was presented from outside', session),
    }),
    reach: new Reach({
      // Read for each connection: the policy may have changed.
      get listed() {
        return keeper.egressHosts;
      },
      ...reach,
      guardedApi: (host, port) => apis.isGuarded(host, port),
    }),
    onStranger: (what) => recordRefusal(what),
    onProblem: (what, cause) => {
      log.warn({ error: describeError(cause) }, what);
    },
  });
  const proxyPort = await openAtKeptPort(proxy, join(paths.state, 'proxy.json'));
  ownPorts.push(proxyPort);

  const desk = new HookDesk({
    enforcement,
    saver,
    tools: runningTools,
    place: guardPlace(paths),
    now,
    onProblem: (what, cause) => {
      log.warn({ error: describeError(cause) }, what);
    },
  });
  sessions.onEveryEnd(({ id }) => {
    enforcement.forget(id);
    desk.close(id);
    runningTools.forget(id);
    apis.forget(id);
  });
  const hookTokens = makeProxySessions({
    sessions,
    onElsewhere: (session) => recordRefusal('its token was presented from outside', session),
  });
  const hooks = new HookListener({
    desk,
    session: async (token, ends) => {
      const opened = await hookTokens.open(token, ends);
      return typeof opened === 'string' ? null : findHookSession(sessions, opened.id);
    },
    onStranger: (what) => recordRefusal(what),
  });
  const hookPort = await openAtKeptPort(hooks, join(paths.state, 'hooks.json'));
  ownPorts.push(hookPort);

  const checkScope = makeCheckScope(policyFor);
  const watching = watchPolicy(
    policyPath,
    () => keeper.reload(),
    (error) => {
      log.error({ error: describeError(error) }, 'the policy is not watched');
    },
  );
  const mcpStore = new McpServerStore(
    join(paths.config, 'mcp-servers.json'),
    join(paths.state, 'mcp-pending.json'),
  );
  const callCounts = new CallCounts(() => performance.now());
  sessions.onEveryEnd(({ id }) => {
    callCounts.forget(id);
  });
  const secretOf = async (name: string): Promise<SecretValue> => {
    const value = await vault.read(name);
    if (value !== null) return value;
    throw new SecretError('SECRET_NOT_FOUND', `the vault has no secret called \`${name}\``, {
      audience: 'user',
      help: `agentguard secret set ${name}`,
    });
  };
  const mcpParts: ServerDirectoryParts = {
    store: mcpStore,
    session: (id) => sessions.find(id),
    onSessionEnd: (id, ended) => sessions.onEnd(id, () => ended()),
    policy: (session) => {
      const state = policyFor(session === null ? null : sessions.workspaceOf(session));
      return state.kind === 'in force' ? state.policy.mcp : undefined;
    },
    database: (name) => {
      const database = databases.guarded(name);
      if (database === undefined) return undefined;
      return { environment: database.facts.environment, catalog: database.catalog };
    },
    parser,
    counts: callCounts,
    secret: secretOf,
    environment: process.env,
    policyState: (session) => policyFor(sessions.workspaceOf(session)),
    claims: (session) => sessions.claims(session) ?? null,
    taint: (session) => sessions.taint(session),
    record: (session, name, details) => {
      void recordEvent(name, details, session).catch(() => {
        // Said by the failing record itself; nothing passes from then on.
      });
    },
    time: () => new Date(now()).toISOString(),
  };
  const mcp = new McpListener({
    enforcement,
    servers: makeServerDirectory(mcpParts),
    session: async (token, ends) => {
      const opened = await hookTokens.open(token, ends);
      return typeof opened === 'string' ? null : opened.id;
    },
    now: () => performance.now(),
    onStranger: (what) => recordRefusal(what),
    onProblem: (what, cause) => {
      log.warn({ error: describeError(cause) }, what);
    },
  });
  const mcpPort = await openAtKeptPort(mcp, join(paths.state, 'mcp.json'));
  ownPorts.push(mcpPort);

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void shutDown().finally(() => process.exit());
  };
  const maySeeRows = ({ actor }: { readonly actor: Actor }): boolean => {
    const guardedRoots = (): ReturnType<typeof sessions.guardedRoots> => sessions.guardedRoots();
    return describeRights(actor, { guardedRoots }).rights.includes('decide');
  };
  const handlers: ControlHandlers = {
    calls: {
      ...makeApprovalCalls({ queue: approvals, audit, now, maySeeRows }),
      ...makeAuditCalls(audit),
      ...makeHardenCall({ databases, parser, policy: () => policyFor(null), recordEvent }),
      ...makeResourceCalls({ vault, resources, databases, apis: apiStore, recordEvent, now }),
      ...makeApiCalls({
        apis: apiStore,
        resources,
        packs: PACKS.map(({ name }) => name),
        recordEvent,
      }),
      ...makeProjectCalls({ vault, resources, recordEvent }),
      ...makeSecretCalls({ opened, resources, databases, recordEvent }),
      ...makeSessionCalls({
        sessions,
        resources,
        recordEvent,
        checkScope,
        stopped: () => panicSwitch.panic !== null,
        listener: address,
        proxy: () => ({ host: LISTENER_HOST, port: proxyPort }),
        hooks: () => ({ host: LISTENER_HOST, port: hookPort }),
        mcp: () => ({ host: LISTENER_HOST, port: mcpPort }),
        firstHook: (session) => desk.firstSeen(session),
        saver,
        apis: apis.sessionApis,
        entryCount: () => audit.size,
      }),
      ...makeHookCalls({ desk, session: (id) => findHookSession(sessions, id) }),
      ...makeMcpCalls({
        store: mcpStore,
        recordEvent,
        examine: examineServer,
        environment: (server) => environmentHere(server, process.env, secretOf),
        guarded: (name) => guardedForPerson(mcpParts, name),
        policy: (workspace) => policyFor(workspace),
        onChange: (server, how) => {
          if (how === 'scope') mcp.scopeChanged(server);
          else mcp.end(server);
        },
        now,
      }),
      ...makePanicCalls({ panicSwitch, sessions, recordEvent, now }),
      ...makeTokenCalls({
        desk: tokenDesk,
        resources,
        checkScope,
        describeMissing: (place, workspace) =>
          describeMissingTables(place, policyFor(workspace), databases),
        recordEvent,
        listener: address,
        stopped: () => panicSwitch.panic !== null,
      }),
      ...makeUndoCalls({ store: undoStore, open: openUndo, recordEvent }),
      ...makeWindowCalls({
        windows,
        resources,
        recordEvent,
        clock: systemClock,
        toStatements: (files) => toMigrationStatements(files, parser),
      }),
      ...makePolicyCalls({
        keeper,
        accepted,
        policyFor,
        databases,
        sessions,
        windows,
        audit,
        parser,
        recordEvent,
        now,
      }),
      ...makeStatusCalls({
        sessions,
        resources,
        approvals,
        windows,
        policy: () => policyFor(null),
        keeper,
        listener: address,
        hooks: () => ({ host: LISTENER_HOST, port: hookPort }),
        entryCount: () => audit.size,
        auditProblem: () => auditProblem,
        panic: () => panicSwitch.panic,
        startedAt: now(),
        now,
        stop: () => setImmediate(stop),
      }),
    },
    streams: {
      ...makeApprovalWatch(approvals, maySeeRows),
      ...makeAuditStreams(audit),
      ...makeSessionHold(sessions, saver),
    },
  };
  const control = await startControlServer({
    socket: paths.socket,
    handlers,
    person: userInfo().username,
    operatorKeyFile: paths.operatorKey,
    sessionOfToken: (token) => sessions.findByToken(token)?.id ?? null,
    guardedRoots: () => sessions.guardedRoots(),
    onRefusedAttempt: ({ method, pid, session, why }) => {
      log.warn({ method, process: pid, session, why }, 'refused');
      const details = { method, process: pid, why };
      void recordEvent('attempt refused', details, session ?? undefined).catch(() => {
        // Said by the failing record itself; the attempt stays refused.
      });
    },
    onOperatorKeyCreated: ({ pid }) => {
      void recordEvent('operator key created', { process: pid }).catch(() => {
        // Said by the failing record itself.
      });
    },
    onFailure: (method, error) => {
      log.error({ method, error: describeError(error) }, 'control');
    },
  });
  log.info({ port, proxyPort, hookPort }, 'ready');

  /** In this order: no new work, no open question, no live token, then the record is signed and closed. */
  async function shutDown(): Promise<void> {
    log.info('stopping');
    try {
      await watching.close();
      approvals.close();
      sessions.endAll('daemon stopped');
      await listener.close();
      await proxy.close();
      apis.close();
      await hooks.close();
      await mcp.close();
      await control.close();
      await databases.close();
      await recordEvent('daemon stopped', { process: process.pid });
      await audit.close();
      vault.close();
    } catch (error) {
      log.error({ error: describeError(error) }, 'stopping');
    }
    logFile.close();
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
}

/** Addresses of this machine, as they are now: networks come and go. */
function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
}

/** Remembers whether the last append worked, for `status`. */
function watchAppends(
  audit: AuditLogHandle,
  tell: (problem: string | null) => void,
): Pick<AuditLogHandle, 'append'> {
  return {
    append: async (entry, durability) => {
      try {
        const receipt = await audit.append(entry, durability);
        tell(null);
        return receipt;
      } catch (error) {
        tell(error instanceof Error ? error.message : 'the record cannot be written');
        throw error;
      }
    },
  };
}

/** Name, code and message of an error of ours; only the name of any other, whose message may quote what it read. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && 'audience' in error
    ? `${error.name} ${String(error.code)}: ${error.message}`
    : error.name;
}

async function verifyFolder(args: readonly string[]): Promise<void> {
  const [folder = '', key = ''] = args;
  const { database, checkpoints } = toRecordPaths(folder);
  const signed = existsSync(checkpoints) ? checkpoints : null;
  const report = await verifyDatabaseFile(database, signed, key);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

async function main(): Promise<void> {
  const [command, ...args] = process.argv.slice(2);
  try {
    if (command === 'verify-folder') await verifyFolder(args);
    else await runDaemon(resolvePaths(), command === PASSPHRASE_ARGUMENT ? readPassphrase() : null);
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : 'unknown failure'}\n`);
    if (error instanceof AgentguardError && error.help !== undefined) {
      process.stderr.write(`help: ${error.help}\n`);
    }
    process.exit(1);
  }
}

await main();
