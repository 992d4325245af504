/**
 * From the text of a condition to something that can be asked. Compiled once, when a policy is loaded: an unknown word
 * and a wrong type are problems of the file there, and never of an operation later.
 */

import type { ASTNode } from '@marcbachmann/cel-js';
import { ParseError, TypeError as ConditionTypeError } from '@marcbachmann/cel-js';
import { didYouMean } from '../roles/nearest-word.ts';
import { PROTOCOL_ROOTS } from './condition-roots.ts';
import type { ConditionFacts, ConditionRoots, ProtocolRoot } from './condition-roots.ts';
import { CONDITION_WORDS, makeConditionEnvironment } from './environment.ts';

/** Longest condition, in UTF-16 units. */
const MAX_CONDITION_CHARACTERS = 8000;

/** `exists` inside of `exists`: more would look at a list of an agent's making too often. */
const MAX_LOOPS = 2;

/** Macros that run once per element. */
const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/**
 * `not about it`: it speaks of protocols that the operation is not of. `failed`: it could not be evaluated, so
 * whoever asks has to take it as a denial.
 */
export type ConditionAnswer =
  | { readonly kind: 'matches' }
  | { readonly kind: 'does not match' }
  | { readonly kind: 'not about it' }
  | { readonly kind: 'failed'; readonly why: string };

/** A condition that is ready. */
export interface Condition {
  readonly source: string;
  /** Protocols that it speaks of; none: it is about every operation. */
  readonly protocols: ReadonlySet<ProtocolRoot>;
  ask(facts: ConditionFacts): ConditionAnswer;
  /** Why it answers as it does, in a clause: which of its parts are not true. */
  explain(facts: ConditionFacts): string;
}

export type CompiledCondition =
  | { readonly ok: true; readonly condition: Condition }
  | {
      readonly ok: false;
      readonly problem: string;
      /** Where in the text, in UTF-16 units from 0. */
      readonly offset: number;
    };

const ENVIRONMENT = makeConditionEnvironment();

const MATCHES: ConditionAnswer = { kind: 'matches' };
const DOES_NOT_MATCH: ConditionAnswer = { kind: 'does not match' };
const NOT_ABOUT_IT: ConditionAnswer = { kind: 'not about it' };

/** Compiles a condition. Never throws. */
export function compileCondition(source: string): CompiledCondition {
  if (source.length > MAX_CONDITION_CHARACTERS) return problem('it is too long', 0);
  try {
    const parsed = ENVIRONMENT.parse(source);
    const checked = parsed.check();
    if (checked.error !== undefined) return toProblem(checked.error, source);
    if (checked.type !== 'bool') {
      return problem(`it gives ${checked.type ?? 'something'} in place of true or false`, 0);
    }
    const found = inspect(parsed.ast);
    if (found.problem !== null) return found.problem;
    const evaluate = parsed as (roots: ConditionRoots) => unknown;
    const parts = conjuncts(parsed.ast).map(({ start, end }) => source.slice(start, end));
    const { protocols, loops } = found;
    return { ok: true, condition: toCondition({ source, protocols, evaluate, parts, loops }) };
  } catch (error) {
    return toProblem(error, source);
  }
}

interface Prepared {
  readonly source: string;
  readonly protocols: ReadonlySet<ProtocolRoot>;
  readonly evaluate: (roots: ConditionRoots) => unknown;
  /** The texts that `&&` holds together, one when it holds none. */
  readonly parts: readonly string[];
  /** It looks at lists one by one, so long ones are a matter of time. */
  readonly loops: boolean;
}

function toCondition({ source, protocols, evaluate, parts, loops }: Prepared): Condition {
  const ask = (facts: ConditionFacts): ConditionAnswer => {
    if (!isAbout(protocols, facts)) return NOT_ABOUT_IT;
    if (loops && facts.tooMuch !== null) return { kind: 'failed', why: facts.tooMuch };
    return evaluateTo(evaluate, facts.roots);
  };
  return {
    source,
    protocols,
    ask,
    explain: (facts) => explainAnswer(ask(facts), { facts, protocols, parts }),
  };
}

function explainAnswer(
  answer: ConditionAnswer,
  { facts, protocols, parts }: Pick<Prepared, 'protocols' | 'parts'> & { facts: ConditionFacts },
): string {
  switch (answer.kind) {
    case 'matches':
      return 'all of it is true';
    case 'failed':
      return `it could not be evaluated: ${answer.why}`;
    case 'not about it':
      return `it speaks of ${[...protocols].join(', ')}, and this is ${facts.protocol}`;
    case 'does not match': {
      const untrue = parts.filter((part) => !isTrue(part, facts.roots));
      return `not true: ${(untrue.length === 0 ? parts : untrue).map((part) => `\`${part}\``).join(', ')}`;
    }
  }
}

/** A part of a condition that was compiled as a whole before; asked when somebody wants an explanation only. */
function isTrue(part: string, roots: ConditionRoots): boolean {
  try {
    return (ENVIRONMENT.parse(part) as (roots: ConditionRoots) => unknown)(roots) === true;
  } catch {
    // A part that fails is certainly not true.
    return false;
  }
}

function conjuncts(node: ASTNode): readonly ASTNode[] {
  return node.op === '&&' ? node.args.flatMap(conjuncts) : [node];
}

function isAbout(protocols: ReadonlySet<ProtocolRoot>, facts: ConditionFacts): boolean {
  if (protocols.size === 0 || protocols.has(facts.protocol)) return true;
  return facts.also !== undefined && protocols.has(facts.also);
}

/** SECURITY(P-71): whatever the engine does but saying true or false is a failure, which denies. */
function evaluateTo(
  evaluate: (roots: ConditionRoots) => unknown,
  roots: ConditionRoots,
): ConditionAnswer {
  try {
    const answer = evaluate(roots);
    if (answer === true) return MATCHES;
    if (answer === false) return DOES_NOT_MATCH;
    return { kind: 'failed', why: 'it gave neither true nor false' };
  } catch (error) {
    return { kind: 'failed', why: describeFailure(error) };
  }
}

/** The engine's words name keys and types, never values; anything else is not repeated. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error) || !('summary' in error)) return 'the engine failed';
  return firstLine(error.message);
}

interface Inspection {
  readonly protocols: ReadonlySet<ProtocolRoot>;
  readonly loops: boolean;
  readonly problem: Extract<CompiledCondition, { ok: false }> | null;
}

/** Which protocols it speaks of, and whether it could take too long. */
function inspect(ast: ASTNode): Inspection {
  const protocols = new Set<ProtocolRoot>();
  let looped = false;
  let refused: Inspection['problem'] = null;
  const visit = (node: ASTNode, loops: number): void => {
    if (node.op === 'id') {
      const root = PROTOCOL_ROOTS.find((name) => name === node.args);
      if (root !== undefined) protocols.add(root);
    }
    const called = node.op === 'rcall' || node.op === 'call' ? node.args[0] : null;
    if (called === 'matches') {
      refused ??= problem(
        'regular expressions can be made to hang; use `glob`, `startsWith`, `endsWith` or `contains`',
        node.start,
      );
    }
    const inside = loops + (called !== null && LOOPS.has(called) ? 1 : 0);
    looped ||= inside > 0;
    if (inside > MAX_LOOPS) {
      refused ??= problem('it loops inside of a loop inside of a loop', node.start);
    }
    for (const child of childrenOf(node)) visit(child, inside);
  };
  visit(ast, 0);
  return { protocols, loops: looped, problem: refused };
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  const nodes: ASTNode[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect);
    else if (isNode(value)) nodes.push(value);
  };
  collect(Array.isArray(node.args) ? node.args : [node.args]);
  return nodes;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function toProblem(error: unknown, source: string): CompiledCondition {
  if (!(error instanceof ParseError || error instanceof ConditionTypeError)) {
    return problem('it cannot be read', 0);
  }
  const { start = 0, end = 0 } = error.range ?? {};
  const word = /[A-Za-z_]\w*/.exec(source.slice(start, end))?.[0] ?? '';
  const near = /^(?:Unknown variable|No such key)/.test(error.message)
    ? didYouMean(word, CONDITION_WORDS)
    : '';
  return problem(`${lowerFirst(firstLine(error.message))}${near}`, start);
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function problem(text: string, offset: number): Extract<CompiledCondition, { ok: false }> {
  return { ok: false, problem: text, offset };
}
