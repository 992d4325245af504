/** The public names of the decision core, one by one. */

export { AgentguardError, ParserError, PolicyError } from './error.ts';
export type { Audience, ErrorCode, ErrorDetails } from './error.ts';
export { PLACEHOLDER_PASSWORD } from './detect/harmless-value.ts';
export { findSecrets as findSecretSightings, toTextSource } from './detect/find-secrets.ts';
export type { TextOrigin } from './detect/find-secrets.ts';
export { isFileOfCredentials } from './detect/file-kind.ts';
export { findKind, SECRET_KINDS } from './detect/kinds.ts';
export { toKnownValues } from './detect/known-values.ts';
export type { KnownValues } from './detect/known-values.ts';
export { looksSecret } from './detect/looks-secret.ts';
export { fingerprintOf, MASK_PATTERN, shownPart } from './detect/mask-secret.ts';
export { redactText, SecretRedactor } from './detect/redact-secrets.ts';
export type { RedactOptions } from './detect/redact-secrets.ts';
export { scanSchema } from './detect/scan-settings.ts';
export type { ScanSettings } from './detect/scan-settings.ts';
export { DOORS } from './detect/secret-kind.ts';
export type { Door, SecretKind, Tier } from './detect/secret-kind.ts';
export { SecretScanner } from './detect/secret-scanner.ts';
export type { Sighting } from './detect/secret-scanner.ts';
export type { SecretJudgement } from './detect/looks-secret.ts';
export { readCommentedEntries } from './dotenv/commented-entries.ts';
export { printDotenv, toVariables } from './dotenv/dotenv-document.ts';
export type {
  DotenvDocument,
  DotenvEntry,
  DotenvPart,
  DotenvQuote,
} from './dotenv/dotenv-document.ts';
export { expandValue } from './dotenv/expand-value.ts';
export type { ExpandedValue } from './dotenv/expand-value.ts';
export { MAX_DOTENV_CHARACTERS, parseDotenv } from './dotenv/parse-dotenv.ts';
export type { ParsedDotenv } from './dotenv/parse-dotenv.ts';
export { replaceSpans } from './dotenv/replace-spans.ts';
export type { SpanEdit } from './dotenv/replace-spans.ts';
export { replaceValues } from './dotenv/replace-values.ts';
export type { ReplacedValues, ValueEdit } from './dotenv/replace-values.ts';
export { describeCounts } from './effects/describe-counts.ts';
export { askOverLimit, ROWS_CHANGED_RULE, toNumber, whyOverLimit } from './effects/limits.ts';
export type { ChangedBefore } from './effects/limits.ts';
export { changesRows, wantsNumbers, whyNotMeasurable } from './effects/measurable.ts';
export { isWithin, rowsChanged, toCounts, UNCOUNTED } from './effects/measurement.ts';
export type { Counts, EmptiedTable, Measurement, TableChange } from './effects/measurement.ts';
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
export {
  classOfAction,
  commandsOfAction,
  effectsOfAction,
  effectsOfParts,
  mustBeSynced,
  secretsOfAction,
} from './facts/action.ts';
export type { EgressFacts, EgressStanding } from './facts/egress-facts.ts';
export type { HttpOperationKind, HttpSeverity, HttpTarget } from './facts/http-deed.ts';
export type {
  GraphqlField,
  HttpFacts,
  HttpOperation,
  JsonObject,
  JsonValue,
  KubernetesRequest,
} from './facts/http-facts.ts';
export { guessPacks, PACKS, packsOf } from '../packs/all.ts';
export {
  analyzeHttp,
  analyzeSocketMessage,
  needsBody,
  toRequestText,
} from './http/analyze-http.ts';
export { speaksOf } from './http/compile-pack.ts';
export type { HttpKnowledge } from './http/analyze-http.ts';
export { lookUpName, readName } from './http/name-lookup.ts';
export type { SafeRead } from './http/name-lookup.ts';
export type { Pack } from './http/pack.ts';
export type {
  BodyNeed,
  HttpBody,
  HttpRequest,
  HttpRequestHead,
  SocketMessage,
} from './http/request.ts';
export type { ToolDeed } from './facts/tool-deed.ts';
export type { ToolFacts } from './facts/tool-facts.ts';
export { analyzeFile } from './shell/analyze-file.ts';
export type { FileAccess } from './shell/analyze-file.ts';
export { analyzeShell } from './shell/analyze-shell.ts';
export type { ShellPlace } from './shell/place.ts';
export { parseAuthority, parseHost, parsePort, toHostText } from './egress/host.ts';
export type { Host, ParsedAuthority, ParsedHost } from './egress/host.ts';
export { coversHost, opensPrivate, parseHostEntry, toEntryText } from './egress/host-entry.ts';
export type { EgressTransport, HostEntry } from './egress/host-entry.ts';
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
  ApiFacts,
  ContextFacts,
  Environment,
  HostFacts,
  OperationFacts,
  PrincipalFacts,
  ResourceFacts,
  TargetFacts,
  ToolTarget,
} from './facts/operation.ts';
export { BUILT_IN_RULES } from './decide/built-in-rules.ts';
export { isMigrationBook } from './decide/migration-books.ts';
export { decide } from './decide/decide.ts';
export { policyWithoutFile } from './decide/policy-state.ts';
export type { Policy, PolicyState } from './decide/policy-state.ts';
export { explain } from './decide/explain.ts';
export type { Explanation, RuleExplanation } from './decide/explain.ts';
export type { Decision, Obligation, RuleMatch, Verdict } from './decide/decision.ts';
export { analyzeSql, MAX_STATEMENTS } from './sql/analyze.ts';
export { emptyCatalog } from './sql/empty-catalog.ts';
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
export { hidesDefinitions } from './sql/closure/hidden.ts';
export type { NameContext } from './sql/name-context.ts';
export { loadSqlParser, MAX_STATEMENT_LENGTH } from './sql/parser.ts';
export type { Parsed, ParseProblem, SqlParser, SqlToken, SqlTree } from './sql/parser.ts';
export { findSecrets, maskSecrets } from './sql/redaction.ts';
export { parseSearchPath, quoteIdentifier, toSearchPathText } from './sql/search-path-text.ts';
export { mayReset, maySet } from './sql/settings.ts';
export { toStatementKeys } from './sql/statement-keys.ts';
export { toStatementShape } from './sql/statement-shape.ts';
export { parsePolicy } from './policy/parse-policy.ts';
export { checkTables } from './policy/check-tables.ts';
export { toPolicyJsonSchema } from './policy/schema-words.ts';
export { mergePolicies } from './policy/merge-policies.ts';
export type { ParsedPolicy, PolicyFile } from './policy/parse-policy.ts';
export type { PolicyProblem } from './policy/policy-place.ts';
export type { ResourcePolicy, RowLimits } from './policy/resource-policy.ts';
export type { FilterTemplate } from './roles/filter-template.ts';
export type { PolicyRule } from './policy/rules-schema.ts';
export { compileCondition } from './conditions/compile-condition.ts';
export type { Condition, ConditionAnswer } from './conditions/compile-condition.ts';
export { tableKey, tableOf } from './roles/role-scope.ts';
export type {
  ColumnOperation,
  ForbiddableOperation,
  MaskKind,
  RateLimit,
  RoleScope,
  TableKey,
  TableOperation,
  TableScope,
} from './roles/role-scope.ts';
export { missingTables } from './roles/missing-tables.ts';
export type { MissingTable } from './roles/missing-tables.ts';
export { scopeOf } from './roles/scope-of.ts';
export type { Scope } from './roles/scope-of.ts';
export type { TokenClaims } from './roles/token-claims.ts';
export {
  parseCheckpointFile,
  parseCheckpointFileEnd,
  toCheckpointFileText,
} from './record/checkpoint-file.ts';
export type { CheckpointFile } from './record/checkpoint-file.ts';
export { openCheckpoint, readCheckpointSize, signCheckpoint } from './record/checkpoint.ts';
export type { Checkpoint, ParsedCheckpoint } from './record/checkpoint.ts';
export { DecisionStates } from './record/decision-states.ts';
export type { OpenDecision, OpenState } from './record/decision-states.ts';
export { parseEntryBody, prepareEntry, toEntryBody, toEntryColumns } from './record/entry-leaf.ts';
export type {
  EntryBody,
  EntryColumns,
  ParsedEntryBody,
  PreparedEntry,
  RecordedEntry,
} from './record/entry-leaf.ts';
export {
  makeConsistencyProof,
  makeInclusionProof,
  rootOfRange,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from './record/merkle-proofs.ts';
export type { NodeSource, Subtree } from './record/merkle-proofs.ts';
export { CompactRange, EMPTY_ROOT, HASH_BYTES, hashLeaf, hashNode } from './record/merkle.ts';
export type { NodeSink, TreeHead } from './record/merkle.ts';
export {
  isKeyName,
  parseVerifierKey,
  toKeyId,
  toKeyIdText,
  toVerifierKey,
} from './record/note-key.ts';
export type { NoteVerifier, ParsedVerifierKey } from './record/note-key.ts';
export { parseProof, toProofText, verifyProof } from './record/proof.ts';
export type { InclusionProof, ParsedProof, VerifiedProof } from './record/proof.ts';
export type { ProblemKind, RecordProblem, RecordReport } from './record/record-report.ts';
export { RecordVerifier } from './record/record-verifier.ts';
export type { RecordRow, VerifierOptions } from './record/record-verifier.ts';
export { openNote, parseNote, signNote } from './record/signed-note.ts';
export type { NoteSigner, OpenedNote, ParsedNote } from './record/signed-note.ts';
export { verifyRecord } from './record/verify-record.ts';
export type { RecordVerification } from './record/verify-record.ts';
export { refuseIndirect } from './rewrite/indirect.ts';
export type { RoleAccess } from './rewrite/protection.ts';
export { RoleRewriter } from './rewrite/rewriter.ts';
export type { RewriteOutcome } from './rewrite/rewriter.ts';
export { ROW_OUT_OF_REACH } from './rewrite/row-check.ts';
export { endToEndFields, valuesOf, withoutFields } from './http/field-list.ts';
export type { FieldList } from './http/field-list.ts';
export type { McpFacts, McpFinding } from './facts/mcp-facts.ts';
export type { McpStanding, McpWork } from './facts/mcp-work.ts';
export type { McpTarget } from './facts/operation.ts';
export { digestOfJson, toCanonicalText } from './mcp/canonical.ts';
export { cleanResult } from './mcp/clean-result.ts';
export type { CleanedResult, PersonalKind } from './mcp/clean-result.ts';
export { compareDefinitions, describeDefinition } from './mcp/compare-definitions.ts';
export {
  DEFINITION_KINDS,
  entriesOfList,
  isListMethod,
  saysDestructive,
  toServerDefinition,
  withEntries,
} from './mcp/definition.ts';
export type { DefinitionKind, ListMethod, McpDefinition } from './mcp/definition.ts';
export {
  fromPlain,
  isJsonArray,
  isJsonMap,
  jsonAt,
  JsonNumber,
  jsonMap,
  textAt,
  toJsonText,
  toPlain,
  withKey,
} from './mcp/json.ts';
export type { Json, JsonMap } from './mcp/json.ts';
export { isShown } from './mcp/judge-mcp.ts';
export { lintDefinition } from './mcp/lint.ts';
export type { LintFinding } from './mcp/lint.ts';
export { masksOfServer, readsOnly, samplingAllowed } from './mcp/mcp-policy.ts';
export type { McpPolicies } from './mcp/mcp-policy.ts';
export { parseJson } from './mcp/parse-json.ts';
export { findSpans, readArguments } from './mcp/read-arguments.ts';
export { readMessage } from './mcp/read-message.ts';
export type { Era, McpMessage, MessageId, MessageRefusal } from './mcp/read-message.ts';
export { digestOf, maskText } from './masks/mask-text.ts';
export { harden } from './rewrite/harden.ts';
export type { Hardening } from './rewrite/harden.ts';
