/**
 * What the rules say of one piece of work over MCP. Strictest first:
 * 1. what no person saw is denied, and so is what nobody knows;
 * 2. a `deny` of the policy, a session that only reads, a limit;
 * 3. credentials and addresses of servers in arguments are asked about, whatever the policy allows;
 * 4. an `ask` of the policy; where the policy is silent, what the person said when they saw the tool.
 */

import type { McpFacts } from '../facts/mcp-facts.ts';
import type { Verdict } from '../decide/decision.ts';
import { matchesPattern, policiesOfServer, strictestWord, wordFor } from './mcp-policy.ts';
import type { McpPolicies, McpServerPolicy, McpWord } from './mcp-policy.ts';

/** A rule that has something to say. */
export interface McpMatch {
  readonly rule: string;
  readonly verdict: Exclude<Verdict, 'allow'>;
  readonly reason: string;
  readonly critical: boolean;
}

/**
 * Every rule that speaks against the work, or wants to be asked.
 * @param role of the token; null for one that names none
 */
export function judgeMcp(
  facts: McpFacts,
  policies: McpPolicies | undefined,
  role: string | null,
): readonly McpMatch[] {
  const said = policiesOfServer(policies, facts.server);
  return [
    ...judgeStanding(facts),
    ...judgeWord(facts, said),
    ...said.flatMap((one) => [
      ...judgeRole(facts, one, role),
      ...judgeReadOnly(facts, one),
      ...judgeLimits(facts, one),
    ]),
    ...judgeFindings(facts),
  ];
}

/** Whether a tool, prompt or resource is shown at all: not when every call of it would be denied. */
export function isShown(
  facts: Pick<McpFacts, 'server' | 'work' | 'name' | 'standing' | 'pinned'>,
  policies: McpPolicies | undefined,
  role: string | null,
): boolean {
  const bare: McpFacts = {
    ...facts,
    reads: false,
    args: null,
    findings: [],
    sql: null,
    used: { session: 0, minute: 0 },
    secretSpans: [],
  };
  return judgeMcp(bare, policies, role).every(({ verdict }) => verdict !== 'deny');
}

function judgeStanding({ server, work, name, standing }: McpFacts): readonly McpMatch[] {
  const review = `a person looks at it with: agentguard mcp review ${server}`;
  const no = (reason: string): readonly McpMatch[] => [
    { rule: 'builtin/mcp-pin', verdict: 'deny', reason, critical: true },
  ];
  const what = `\`${name}\` of \`${server}\``;
  switch (standing) {
    case 'pinned':
      return [];
    case 'none':
      return work === 'other' ? no(`nobody knows what \`${name}\` does`) : [];
    case 'new':
      return no(`no person has seen ${what} yet; ${review}`);
    case 'changed':
      return no(`${what} is not what a person saw; ${review}`);
    case 'unlisted':
      return work === 'read' ? askUnlisted(what) : no(`\`${server}\` never listed \`${name}\``);
    case 'server changed':
      return no(`the server \`${server}\` itself is not what a person saw; ${review}`);
  }
}

/** Resources come and go, so one that was not listed is a question and no denial. */
function askUnlisted(what: string): readonly McpMatch[] {
  const reason = `${what} was in no list that a person saw`;
  return [{ rule: 'builtin/mcp-pin', verdict: 'ask', reason, critical: false }];
}

function judgeWord(facts: McpFacts, said: readonly McpServerPolicy[]): readonly McpMatch[] {
  const word = wordOf(facts, said);
  if (word === null || word.verdict === 'allow') return [];
  const reason =
    word.verdict === 'deny'
      ? `\`${facts.name}\` of \`${facts.server}\` is not allowed`
      : `\`${facts.name}\` of \`${facts.server}\` is asked about each time`;
  return [{ rule: word.rule, verdict: word.verdict, reason, critical: false }];
}

interface Word {
  readonly rule: string;
  readonly verdict: McpWord;
}

function wordOf(facts: McpFacts, said: readonly McpServerPolicy[]): Word | null {
  const { server, work, name, pinned } = facts;
  const of = (
    key: string,
    read: (one: McpServerPolicy) => McpWord | null | undefined,
    otherwise: McpWord | null,
  ): Word | null => {
    const word = strictestWord(said.map(read));
    if (word !== null) return { rule: `mcp.${server}.${key}`, verdict: word };
    return otherwise === null ? null : { rule: `builtin/mcp-${work}`, verdict: otherwise };
  };
  switch (work) {
    case 'call':
    case 'task':
      return of('tools', (one) => wordFor(one.tools, name) ?? one.default, pinned);
    case 'read':
    case 'subscribe':
      return of('resources', (one) => wordFor(one.resources, name), pinned);
    case 'prompt':
    case 'complete':
      return of('prompts', (one) => wordFor(one.prompts, name), pinned);
    case 'sample':
      return of('sampling', (one) => one.sampling, 'deny');
    case 'elicit':
      return of('elicitation', (one) => one.elicitation, null);
    case 'roots':
    case 'other':
      return null;
  }
}

function judgeRole(
  { server, work, name }: McpFacts,
  { roles }: McpServerPolicy,
  role: string | null,
): readonly McpMatch[] {
  if (roles === undefined || role === null || work !== 'call') return [];
  const granted = Object.hasOwn(roles, role) ? (roles[role] ?? []) : [];
  if (granted.some((pattern) => matchesPattern(pattern, name))) return [];
  const reason = `the role \`${role}\` does not hold \`${name}\` of \`${server}\``;
  return [{ rule: `mcp.${server}.roles.${role}`, verdict: 'deny', reason, critical: false }];
}

function judgeReadOnly(facts: McpFacts, policy: McpServerPolicy): readonly McpMatch[] {
  if (facts.work !== 'call' || policy.read_only !== true) return [];
  if ((policy.reads ?? []).some((pattern) => matchesPattern(pattern, facts.name))) return [];
  const reason = `\`${facts.server}\` may only be read here, and \`${facts.name}\` is not among \`reads\``;
  return [{ rule: `mcp.${facts.server}.read_only`, verdict: 'deny', reason, critical: false }];
}

function judgeLimits(
  { server, work, used }: McpFacts,
  policy: McpServerPolicy,
): readonly McpMatch[] {
  if (work !== 'call' && work !== 'read' && work !== 'sample') return [];
  const matches: McpMatch[] = [];
  const over = (key: string, reason: string): void => {
    matches.push({ rule: `mcp.${server}.${key}`, verdict: 'deny', reason, critical: false });
  };
  if (policy.rate_limit !== undefined && used.minute >= policy.rate_limit) {
    over(
      'rate_limit',
      `\`${server}\` takes ${policy.rate_limit} calls by the minute; wait a little`,
    );
  }
  if (policy.budget !== undefined && used.session >= policy.budget) {
    over('budget', `this session has used up its ${policy.budget} calls of \`${server}\``);
  }
  return matches;
}

function judgeFindings({ findings }: McpFacts): readonly McpMatch[] {
  return findings.flatMap(({ kind, what }): McpMatch[] => {
    switch (kind) {
      case 'credential':
        return [ask('builtin/mcp-credential', `${what}, which would leave this machine's guard`)];
      case 'connection':
        return [ask('builtin/mcp-connection', what)];
      case 'hidden':
        return [ask('builtin/mcp-hidden', what)];
      case 'url':
        return [ask('builtin/mcp-url', what)];
      case 'secret field':
        return [
          { rule: 'builtin/mcp-secret-field', verdict: 'deny', reason: what, critical: true },
        ];
    }
  });
}

function ask(rule: string, reason: string): McpMatch {
  return { rule, verdict: 'ask', reason, critical: true };
}
