/**
 * Operators that a node uses, with or without showing them: `a = b`, `x IN (...)`, `JOIN ... USING`, `CASE x WHEN`.
 * Each is a name that is looked up on the search path, and a function of somebody else's may stand behind it.
 */

import type { A_Expr, A_Expr_Kind, Node } from '@pgsql/types';

import { operatorCandidates, toWrittenName } from '../names.ts';
import type { WrittenName } from '../names.ts';
import { emitUnknown, through } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { stringsOf, unsafePart } from '../syntax.ts';
import type { Part } from '../syntax.ts';
import { HIDDEN_DEFINITIONS } from './hidden.ts';

/** Names of the operators of PostgreSQL 14 to 18. A name that is not here is somebody's or nobody's. */
const BUILTIN_OPERATORS: ReadonlySet<string> = new Set(
  `!! !~ !~* !~~ !~~* # ## #- #> #>> % & && &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- / < <-> << <<= <<| <= <>
  <@ <^ = > >= >> >>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ ^ ^@ | |&> |/ |>> || ||/ ~ ~* ~<=~ ~<~ ~= ~>=~
  ~>~ ~~ ~~* ! !~~* ~== <?> @#`.split(/\s+/u),
);

const EQUALS = ['='];

/** Follows every operator that the node itself uses. */
export function useOperators(part: Part, scope: Scope): void {
  switch (part.kind) {
    case 'A_Expr':
      useExpression(unsafePart(part.fields, part.kind), scope);
      return;
    case 'SubLink':
      useSubLink(unsafePart(part.fields, part.kind), scope);
      return;
    case 'SortBy':
      useSort(unsafePart(part.fields, part.kind).useOp, scope);
      return;
    case 'JoinExpr': {
      const join = unsafePart(part.fields, part.kind);
      if (join.isNatural === true || join.usingClause !== undefined) useOperator(EQUALS, 2, scope);
      return;
    }
    case 'CaseExpr':
      if (unsafePart(part.fields, part.kind).arg !== undefined) useOperator(EQUALS, 2, scope);
      return;
    default:
      return;
  }
}

/** Operators behind forms whose name in the tree is not an operator. */
const BEHIND: Readonly<Partial<Record<A_Expr_Kind, readonly string[]>>> = {
  AEXPR_DISTINCT: ['='],
  AEXPR_NOT_DISTINCT: ['='],
  AEXPR_NULLIF: ['='],
  AEXPR_BETWEEN: ['>=', '<='],
  AEXPR_BETWEEN_SYM: ['>=', '<='],
  AEXPR_NOT_BETWEEN: ['<', '>'],
  AEXPR_NOT_BETWEEN_SYM: ['<', '>'],
};

function useExpression(expression: A_Expr, scope: Scope): void {
  const behind = expression.kind === undefined ? undefined : BEHIND[expression.kind];
  if (behind !== undefined) {
    for (const name of behind) useOperator([name], 2, scope);
    return;
  }
  useOperator(stringsOf(expression.name), expression.lexpr === undefined ? 1 : 2, scope);
}

function useSubLink(
  link: { readonly subLinkType?: string; readonly operName?: Node[] },
  scope: Scope,
): void {
  if (link.operName !== undefined) useOperator(stringsOf(link.operName), 2, scope);
  else if (link.subLinkType === 'ANY_SUBLINK') useOperator(EQUALS, 2, scope);
}

function useSort(useOp: Node[] | undefined, scope: Scope): void {
  if (useOp !== undefined) useOperator(stringsOf(useOp), 2, scope);
}

/** Follows the functions behind every operator that the name may mean. */
function useOperator(parts: readonly string[], operands: 1 | 2, scope: Scope): void {
  const written = toWrittenName(parts);
  if (written.schema === 'pg_catalog') return;
  if (scope.context.hiddenDefinitions && !scope.paths.bound) {
    emitUnknown(scope, HIDDEN_DEFINITIONS);
  }
  const candidates = operatorCandidates(written, scope).filter(
    ({ leftType }) => (leftType === null ? 1 : 2) === operands,
  );
  if (candidates.length === 0) noteUnknown(written, scope);
  for (const operator of candidates) {
    const name = `${operator.schema}.${operator.name}`;
    scope.reader.functionByOid(operator.function, through(scope, `operator ${name}`));
  }
}

function noteUnknown(written: WrittenName, scope: Scope): void {
  if (written.schema === null && BUILTIN_OPERATORS.has(written.name)) return;
  if (scope.fromMessage) scope.findings.unresolved.add(written.name);
  emitUnknown(scope, `the operator ${written.name} is not known`);
}
