/**
 * `agentguard run`: a command in a session of its own. It gets a token where the password was,
 * and loses every other way to a database that its environment held.
 */

import { basename, join } from 'node:path';
import { ControlError, MAX_ASK_TIMEOUT_MS, resolvePaths } from '@agentguard/daemon/control';
import type { CallParams, CallResult, ControlClient } from '@agentguard/daemon/control';
import { claudeManagedPolicy } from '../agents/claude-settings.ts';
import { connectStarting } from '../connect.ts';
import { parseDuration } from '../duration.ts';
import { UsageError } from '../exit-code.ts';
import { buildEnvironment } from '../launch/environment.ts';
import type { GuardedEnvironment } from '../launch/environment.ts';
import { withApiVariables } from '../launch/api-environment.ts';
import { withHookVariables } from '../launch/hook-environment.ts';
import { holdSession } from '../launch/hold-session.ts';
import { withProxyVariables } from '../launch/proxy-environment.ts';
import { withShims } from '../launch/shims.ts';
import { openTrust } from '../launch/open-trust.ts';
import { describeCaller } from '../launch/who-calls.ts';
import type { CallerDescription } from '../launch/who-calls.ts';
import { keepDescendants } from '../launch/subreaper.ts';
import { reportCommits } from '../output/committed-finds.ts';
import { withGuardedServers } from '../mcp/claude-servers.ts';
import { toGuardCommand } from '../mcp/guard-command.ts';
import { printNote } from '../output/print.ts';
import type { RunScope } from '../program/scope-options.ts';
import { printSetAside, printSummary } from '../output/run-summary.ts';
import { makeVisible } from '../output/visible.ts';
import {
  findAddresses,
  ownDatabaseFirst,
  toGuardedVariables,
} from '../project/guarded-addresses.ts';
import { makeSavePoint, startSavePoint } from '../savepoint/background.ts';
import { rememberCommits } from '../scan/session-commits.ts';
import type { CommitsBefore } from '../scan/session-commits.ts';
import { BASE_VARIABLE } from '../scan/settings-reader.ts';
import type { LaidOverFile } from '../sandbox/lay-over.ts';
import type { SandboxMode } from '../sandbox/choose.ts';
import { openSandbox } from '../sandbox/sandbox.ts';
import type { GuardedCommand, Place } from '../sandbox/sandbox.ts';
import { isNotRunning } from './not-running.ts';
import { sayWaitingPolicy } from '../policy/waiting-policy.ts';

/** What was typed. */
export interface RunOptions {
  /** The command and its arguments, as they were typed. */
  readonly command: readonly string[];
  readonly resources: readonly string[] | null;
  readonly askTimeout: string | null;
  readonly label: string | null;
  readonly sandbox: SandboxMode;
  /** Variables that are let through though they look like secrets. */
  readonly passed: readonly string[];
  /** What its token carries; null: whatever resources grant by themselves. */
  readonly scope: RunScope | null;
}

type CreatedSession = CallResult<'session.create'>;

/** Runs the command guarded and ends in its exit code. */
export async function run(options: RunOptions): Promise<number> {
  const [command, ...args] = options.command;
  if (command === undefined) throw new UsageError('there is no command to run');
  const askTimeoutMs = options.askTimeout === null ? null : parseAskTimeout(options.askTimeout);
  const [client, sandbox, caller] = await Promise.all([
    connectStarting(),
    openSandbox(options.sandbox, placeOf(command)),
    describeCaller(command, process.cwd(), process.env['PATH']),
  ]);
  await keepDescendants();
  const before = rememberCommits(process.cwd());
  const session = await createSession(client, command, {
    ...options,
    caller,
    askTimeoutMs,
    confined: sandbox.confines,
  });
  const saved = { folder: process.cwd(), session: session.session, agent: basename(command) };
  const hold = await holdSession(client, session.session, (step) =>
    makeSavePoint({ ...saved, reason: 'before a step', detail: step }),
  );
  announce(sandbox.line, session);
  await sayWaitingPolicy(client);
  const saving = startSavePoint({ ...saved, reason: 'session start', quiet: true });
  try {
    const { env, removed } = guardedEnvironment(session, command, {
      passed: options.passed,
      before,
    });
    const trust = openTrust(session, sandbox.confines);
    const ways = guardedWays(session, withApiVariables(env, session, trust.path), sandbox.confines);
    const laid = [...policyFor(command, session), ...trust.laid];
    const withServers = await guardedServers(client, command, args);
    const child = sandbox.start({ command, args: withServers, ...ways, laid });
    const end = await child.end;
    trust.close();
    hold.release();
    const aside = child.setAside();
    const summary = await endSession(client, session);
    if (end.problem !== null) printNote(`agentguard: ${makeVisible(end.problem).text}`);
    else printSummary(summary, removed);
    printSetAside(aside);
    if (before !== null) await reportCommits(before);
    // Whatever is not saved is said; a save point that takes longer than the command goes on without us.
    await saving.conclude(0);
    return end.code;
  } finally {
    // The daemon ends what nobody holds: also a session whose command could not be started.
    hold.release();
  }
}

function endSession(
  client: ControlClient,
  { session }: CreatedSession,
): Promise<CallResult<'session.end'> | null> {
  return client.call('session.end', { session }).catch(isNotRunning);
}

/** The environment of the command, and the listeners it needs to hear where it hears nothing else. */
function guardedWays(
  session: CreatedSession,
  env: GuardedEnvironment['env'],
  confined: boolean,
): Pick<GuardedCommand, 'env' | 'forwards'> {
  const hooked = withHookVariables(env, session);
  // Outside of a sandbox the proxy is needed for the APIs alone.
  if (!confined) {
    const apis = session.apis ?? [];
    return { env: apis.length === 0 ? hooked : withProxyVariables(hooked, session), forwards: [] };
  }
  const others = [session.proxy, session.hooks, session.mcp].filter((one) => one !== undefined);
  return {
    env: withProxyVariables(hooked, session),
    forwards: [...session.resources, ...others],
  };
}

/** An agent that takes its MCP servers as an argument gets the guarded ones, and no others. */
async function guardedServers(
  client: ControlClient,
  command: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const { servers } = await client.call('mcp.list', {});
  const given = withGuardedServers(command, args, { servers, guard: toGuardCommand() });
  if (given !== args)
    printNote(`agentguard: it gets the ${servers.length} guarded MCP servers, and no others`);
  return given;
}

/** What an agent reads before every setting of its own and of a project; only a sandbox can lay it over. */
function policyFor(command: string, { hooks }: CreatedSession): readonly LaidOverFile[] {
  return basename(command) === 'claude' && hooks !== undefined ? claudeManagedPolicy(hooks) : [];
}

function parseAskTimeout(text: string): number {
  const timeout = parseDuration(text);
  if (timeout <= MAX_ASK_TIMEOUT_MS) return timeout;
  throw new UsageError('a question waits an hour at most');
}

async function createSession(
  client: ControlClient,
  command: string,
  options: RunOptions & {
    readonly caller: CallerDescription;
    readonly askTimeoutMs: number | null;
    readonly confined: boolean;
  },
): Promise<CreatedSession> {
  const request: CallParams<'session.create'> = {
    agent: basename(command).slice(0, 200) || 'unknown',
    label: options.label,
    resources: options.resources === null ? null : [...options.resources],
    workspace: process.cwd(),
    askTimeoutMs: options.askTimeoutMs,
    attended: process.stdin.isTTY || options.askTimeoutMs !== null,
    held: true,
    confined: options.confined,
    caller: options.caller,
    ...(options.scope === null ? {} : { scope: options.scope }),
  };
  try {
    return await client.call('session.create', request);
  } catch (error) {
    throw isForbidden(error) ? noNesting(error.message) : error;
  }
}

function isForbidden(error: unknown): error is ControlError {
  return error instanceof ControlError && error.code === 'CONTROL_FORBIDDEN';
}

/** A session inside a session could reach more than the outer one may, so it takes a person outside of both. */
function noNesting(why: string): ControlError {
  return new ControlError('CONTROL_FORBIDDEN', `no session is started from here: ${why}`, {
    audience: 'user',
    help: 'use the DATABASE_URL that is set, or ask the person who started this session',
  });
}

function guardedEnvironment(
  session: CreatedSession,
  command: string,
  { passed, before }: { readonly passed: readonly string[]; readonly before: CommitsBefore | null },
): GuardedEnvironment {
  const addresses = findAddresses(process.cwd(), process.env['NODE_ENV'] ?? null);
  const built = buildEnvironment(process.env, ownDatabaseFirst(session, addresses), {
    noFile: join(resolvePaths().runtime, 'no-such-file'),
    agent: basename(command),
    passed: new Set(passed),
  });
  const guarded = { ...built.env, ...toGuardedVariables(addresses, session) };
  return { ...built, env: withShims({ ...guarded, ...toScanVariables(before) }) };
}

/** For the hook inside: the settings of this commit count, and none that are written later. */
function toScanVariables(before: CommitsBefore | null): Readonly<Record<string, string>> {
  return before?.head == null ? {} : { [BASE_VARIABLE]: before.head };
}

function placeOf(command: string): Place {
  return { command, workingFolder: process.cwd(), env: process.env, paths: resolvePaths() };
}

function announce(guarantee: string, session: CreatedSession): void {
  printNote(`agentguard: ${guarantee}`);
  if (session.resources.length > 0) return;
  printNote('agentguard: nothing is behind the guard yet');
  printNote('  agentguard resource add NAME --kind postgres --environment production');
}
