/**
 * The rules that hold without any file. Each looks at one effect and says what it thinks of it.
 * They are data: the table is the documentation, and a test walks it row by row.
 * SECURITY(P-21): reads, bounded changes and what a connection does to its own have no row here, so they pass.
 */

import { isTemporary, toObjectText } from '../facts/effect.ts';
import type { Effect } from '../facts/effect.ts';
import type { ToolDeed } from '../facts/tool-deed.ts';
import type { Verdict } from './decision.ts';
import { isMigrationBook } from './migration-books.ts';

/** What a rule may look at beside the effect. */
export interface RuleSituation {
  /** The resource counts as production. */
  readonly production: boolean;
  /** A migration window is open on it. */
  readonly windowOpen: boolean;
}

/** One built-in rule. `judge` gives null when the rule has nothing to say about the effect. */
export interface BuiltInRule {
  readonly id: string;
  readonly judge: (effect: Effect, situation: RuleSituation) => RuleAnswer | null;
}

/** What a rule says of an effect. */
export interface RuleAnswer {
  readonly verdict: Verdict;
  readonly reason: string;
  /** True for what cannot be taken back or could not be seen: such a question is never remembered. */
  readonly critical: boolean;
}

/** Kinds whose creation brings foreign code or another server into the database. */
const CREATES_FOREIGN_CODE = new Set([
  'extension',
  'event trigger',
  'server',
  'subscription',
  'cast',
]);

/** Maintenance that locks a table for as long as it runs, or the whole server. */
const BLOCKING_MAINTENANCE = /^(vacuum full|cluster|reindex|checkpoint)/i;

/** Lock modes that let readers and writers go on; everything stronger stops somebody. */
const GENTLE_LOCKS = new Set([
  'advisory',
  'access share',
  'row share',
  'row exclusive',
  'for update',
  'for no key update',
  'for share',
  'for key share',
]);

function deny(reason: string): RuleAnswer {
  return { verdict: 'deny', reason, critical: true };
}

function ask(reason: string, critical = true): RuleAnswer {
  return { verdict: 'ask', reason, critical };
}

/** Schema changes that take nothing away. */
function isPlainDdl(effect: Effect): boolean {
  if (effect.kind === 'create') return true;
  return effect.kind === 'alter' && effect.loss === 'none';
}

function describeRows(effect: Effect & { kind: 'update' | 'delete' }): string {
  const verb = effect.kind === 'delete' ? 'DELETE removes' : 'UPDATE changes';
  const object = toObjectText(effect.object);
  return effect.rows === 'all'
    ? `${verb} every row of ${object}`
    : `it cannot be told how many rows of ${object} the ${effect.kind.toUpperCase()} reaches`;
}

/** SECURITY(P-30): whatever is not listed is denied; nobody is asked, since a list is what a person decided before. */
function judgeConnect(effect: Effect & { kind: 'connect' }): RuleAnswer | null {
  const { target, standing, note } = effect;
  const why = note === null ? '' : `: ${note}`;
  switch (standing) {
    case 'listed':
      return null;
    case 'not listed':
      return deny(
        `\`${target}\` is not a host that this session may reach${why}; a person can list it under \`egress: hosts:\` in agentguard.yaml`,
      );
    case 'guarded':
      return deny(
        `\`${target}\` is the server of a guarded resource${why}; use the address and token in this session's environment, which lead to it through the guard`,
      );
    case 'own':
      return deny(`\`${target}\` leads to the guard itself${why}`);
    case 'private':
      return deny(
        `\`${target}\` leads into this machine or a private network${why}; a person can open it with \`private: true\` at its entry under \`egress: hosts:\` in agentguard.yaml`,
      );
  }
}

/** SECURITY(P-21): reads and ordinary writes pass; small losses are nobody's business outside of production. */
function judgeHttp(
  effect: Effect & { kind: 'http' },
  { production }: RuleSituation,
): RuleAnswer | null {
  const { deed, severity, what, provider } = effect;
  switch (deed) {
    case 'read':
    case 'write':
      return null;
    case 'destroy':
      if (severity === 'medium' && !production) return null;
      return ask(`${what} (${provider})`, severity === 'critical');
    case 'reveal':
    case 'mint':
      return ask(`${what} (${provider})`, false);
  }
}

/** Deeds of a tool that cannot be taken back, or of which nobody knows what they are. */
const CRITICAL_DEEDS = new Set<ToolDeed>(['destroy', 'database', 'unclear']);

/**
 * SECURITY: this asks early and in good words. It holds nobody: a tool that is not seen through has no finding.
 * What can be brought back is not asked about, and what another gate asks about is asked about there, once.
 */
function judgeTool(effect: Effect & { kind: 'tool' }): RuleAnswer | null {
  const { deed, what } = effect;
  return deed === 'tamper' || isCovered(effect) ? null : ask(what, CRITICAL_DEEDS.has(deed));
}

/** A database may also be a file of the workspace, so what empties one needs the save point as well. */
function isCovered({ deed, cover }: Effect & { kind: 'tool' }): boolean {
  if (cover?.savePoint === undefined) return false;
  return deed === 'discard' || (deed === 'database' && cover.databaseGate === true);
}

/** All built-in rules. Order has no meaning: the strictest answer wins. */
export const BUILT_IN_RULES: readonly BuiltInRule[] = [
  {
    id: 'builtin/outside',
    judge: (effect) =>
      effect.kind === 'outside'
        ? deny(`\`${effect.name}\` acts on a ${effect.target}, which no transaction can take back`)
        : null,
  },
  {
    id: 'builtin/setting',
    judge: (effect) =>
      effect.kind === 'setting' && !effect.allowed
        ? deny(`the setting \`${effect.name}\` changes how statements are read, checked or counted`)
        : null,
  },
  {
    id: 'builtin/identity',
    judge: (effect) =>
      effect.kind === 'identity'
        ? deny(`${effect.action} changes who the server thinks is asking`)
        : null,
  },
  {
    id: 'builtin/catalog-write',
    judge: (effect) =>
      effect.kind === 'catalog write'
        ? deny(`it writes to the system catalog ${toObjectText(effect.object)} directly`)
        : null,
  },
  {
    id: 'builtin/late',
    judge: (effect) => {
      if (effect.kind === 'late')
        return deny(`${effect.action} acts after it could have been judged`);
      const parked = ['prepare', 'commit prepared', 'rollback prepared'];
      return effect.kind === 'transaction' && parked.includes(effect.action)
        ? deny('a prepared transaction is finished by another connection')
        : null;
    },
  },
  {
    id: 'builtin/egress',
    judge: (effect) => (effect.kind === 'connect' ? judgeConnect(effect) : null),
  },
  {
    id: 'builtin/tool-tamper',
    judge: (effect) =>
      effect.kind === 'tool' && effect.deed === 'tamper' ? deny(effect.what) : null,
  },
  {
    id: 'builtin/tool',
    judge: (effect) => (effect.kind === 'tool' ? judgeTool(effect) : null),
  },
  {
    id: 'builtin/http',
    judge: (effect, situation) => (effect.kind === 'http' ? judgeHttp(effect, situation) : null),
  },
  {
    id: 'builtin/drop',
    judge: (effect) =>
      effect.kind === 'drop' && !isTemporary(effect)
        ? ask(
            `DROP removes the ${effect.object.kind} ${toObjectText(effect.object)}${effect.cascade ? ' and everything that depends on it' : ''}`,
          )
        : null,
  },
  {
    id: 'builtin/truncate',
    judge: (effect) =>
      effect.kind === 'truncate' && !isTemporary(effect)
        ? ask(`TRUNCATE removes every row of ${toObjectText(effect.object)}`)
        : null,
  },
  {
    id: 'builtin/unbounded-change',
    judge: (effect, { windowOpen }) =>
      (effect.kind === 'delete' || effect.kind === 'update') &&
      effect.rows !== 'bounded' &&
      // Knex takes and gives back its lock without a WHERE.
      !(windowOpen && isMigrationBook(effect.object.name)) &&
      !isTemporary(effect)
        ? ask(describeRows(effect))
        : null,
  },
  {
    id: 'builtin/data-loss',
    judge: (effect) =>
      effect.kind === 'alter' && effect.loss === 'data' && !isTemporary(effect)
        ? ask(`${effect.action} on ${toObjectText(effect.object)} destroys or rewrites data`)
        : null,
  },
  {
    id: 'builtin/access-loss',
    judge: (effect, { production }) =>
      effect.kind === 'alter' && effect.loss === 'access' && production && !isTemporary(effect)
        ? ask(`${effect.action} on ${toObjectText(effect.object)} takes data out of reach`)
        : null,
  },
  {
    id: 'builtin/ddl-outside-window',
    judge: (effect, { production, windowOpen }) =>
      production && !windowOpen && isPlainDdl(effect) && !isTemporary(effect)
        ? ask('schema changes to production wait for an open window')
        : null,
  },
  {
    id: 'builtin/foreign-code',
    judge: (effect) =>
      effect.kind === 'create' && CREATES_FOREIGN_CODE.has(effect.object.kind)
        ? ask(`it brings the ${effect.object.kind} ${effect.object.name} into the database`)
        : null,
  },
  {
    id: 'builtin/privilege',
    judge: (effect) =>
      effect.kind === 'privilege'
        ? ask(`${effect.action} changes who may do what after this session`)
        : null,
  },
  {
    id: 'builtin/sequence-set',
    judge: (effect) =>
      effect.kind === 'sequence' && effect.action === 'set'
        ? ask(
            `it sets the sequence ${toObjectText(effect.object)}, which no rollback undoes`,
            false,
          )
        : null,
  },
  {
    id: 'builtin/availability',
    judge: (effect, { production }) => {
      if (!production) return null;
      if (effect.kind === 'maintenance' && BLOCKING_MAINTENANCE.test(effect.action)) {
        return ask(`${effect.action} holds up everybody else while it runs`, false);
      }
      return effect.kind === 'lock' && !GENTLE_LOCKS.has(effect.mode.toLowerCase())
        ? ask(`it locks ${toObjectText(effect.object)} in ${effect.mode} mode`, false)
        : null;
    },
  },
  {
    id: 'builtin/uninspectable',
    judge: (effect) =>
      effect.kind === 'unknown' ? ask(`it cannot be seen what happens: ${effect.reason}`) : null,
  },
];
