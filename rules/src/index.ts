/** The public names of the decision core, one by one. */

export { AgentguardError, ParserError, PolicyError } from './error.ts';
export type { Audience, ErrorCode, ErrorDetails } from './error.ts';
export { toObjectText } from './facts/effect.ts';
export type {
  Effect,
  Loss,
  ObjectKind,
  ObjectName,
  OutsideTarget,
  RowBound,
  TransactionAction,
  Via,
} from './facts/effect.ts';
export { classOfEffect, classOfFacts, mayChangeSomething } from './facts/sql-facts.ts';
export type {
  FunctionUse,
  SqlClass,
  SqlFacts,
  StatementFacts,
  TextSpan,
} from './facts/sql-facts.ts';
export { countsAsProduction } from './facts/operation.ts';
export type {
  ActionFacts,
  ContextFacts,
  Environment,
  OperationFacts,
  PrincipalFacts,
  ResourceFacts,
} from './facts/operation.ts';
export { BUILT_IN_RULES } from './decide/built-in-rules.ts';
export { decide } from './decide/decide.ts';
export type { Policy, PolicyState } from './decide/policy-state.ts';
export type { Decision, Obligation, RuleMatch, Verdict } from './decide/decision.ts';
export { FIRST_NORMAL_OID } from './sql/catalog.ts';
export type {
  CatalogCast,
  CatalogColumn,
  CatalogEventTrigger,
  CatalogForeignKey,
  CatalogFunction,
  CatalogOperator,
  CatalogPolicy,
  CatalogRelation,
  CatalogRule,
  CatalogSchema,
  CatalogSnapshot,
  CatalogTrigger,
  CatalogType,
  ForeignKeyAction,
  Oid,
  RelationKind,
} from './sql/catalog.ts';
export {
  classifiedBuiltinFunctions,
  classifyBuiltinFunction,
  runsTypeCode,
} from './sql/builtin-functions.ts';
export type { BuiltinFunctionClass } from './sql/builtin-functions.ts';
export type { NameContext } from './sql/name-context.ts';
export { parsePolicy } from './policy/parse-policy.ts';
export type { ParsedPolicy, PolicyFile, PolicyProblem } from './policy/parse-policy.ts';
