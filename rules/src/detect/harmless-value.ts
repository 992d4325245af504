/** Values that stand where a secret would and are none: gaps to fill in, names of other variables, references. */

const HARMLESS: readonly RegExp[] = [
  /^$/,
  /^(?:true|false|yes|no|on|off|null|none|undefined|nil)$/i,
  // Another variable, in the words of shells, Compose, Claude Code, VS Code, Cursor and opencode.
  /^\$\{[^}]*\}$/,
  /^\$[A-Za-z_]\w*$/,
  /^\{(?:env|file):[^}]*\}$/,
  /^\{\{[^}]*\}\}$/,
  /^\$\([^)]*\)$/,
  // A place in somebody's vault, ours included.
  /^(?:agentguard|op|vault|env|keyring|aws-sm|doppler|ref):/,
  // What people write for others to fill in.
  /^<[^>]*>$/,
  /^\[[^\]]*\]$/,
  /^(?:x{3,}|\*{3,}|\.{3,}|-{3,}|…)$/i,
  /^(?:changeme|change[-_ ]me|replace[-_ ]?me|todo|tbd|fixme|placeholder|example|redacted|dummy)$/i,
  /^(?:your|my|insert|enter|paste|put|add)[-_ ].*(?:here|key|token|secret|password)s?$/i,
  /(?:^|[-_])(?:changeme|placeholder|goes[-_]here)$/i,
];

/** The password that stands in an address through the guard. It opens nothing. */
export const PLACEHOLDER_PASSWORD = 'agentguard-placeholder';

/** Longer values are no gaps. */
const MAX_GAP = 4096;

/** Whether a value is certainly no secret. */
export function isHarmless(value: string): boolean {
  const shown = value.trim();
  if (shown.length > MAX_GAP) return false;
  return HARMLESS.some((pattern) => pattern.test(shown)) || shown.includes(PLACEHOLDER_PASSWORD);
}

/** Parts of templates and code, wherever they stand in a value. */
const COMPUTED: readonly RegExp[] = [
  /\$\{|\$\(|\{\{|\}\}|<%|%>|#\{|\$\[|@@|%\([a-z_]+\)s|%[sdv@]|\{\d*\}|\\\(/,
  /^(?:[$@%:!&*#]|\$\$|!!?)[A-Za-z_]\w*$/,
  /^\{\w*\}$|^%\w+%$|^__\w+__$|^@\w+@$|^#\w+#$/,
  /^(?:process|os|sys|env|ENV|System|Deno|Bun|config|settings|this|self|args|params|props|options|ctx|context|request|req|res|app|import\.meta)[.[]/,
  /^[A-Za-z_][\w.]*\(|^(?:new|await|typeof|function|lambda|return)\s/,
  /^(?:!Ref|!Sub|!GetAtt|!secret|!vault|!env_var|Fn::|ENC\[|ENC\(|enc:|secret:|secrets\.|ssm:|arn:aws:|gcp:|projects\/)/,
  /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/,
  /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/,
  /^(?:\.{0,2}\/|~\/|[A-Za-z]:\\|file:)/,
];

/** Words that documentation, forms and types put where a value goes. */
const WORDS =
  /^(?:string|str|text|bytes|int|integer|number|bool|boolean|object|any|unknown|void|varchar|required|optional|hidden|default|input|value|empty|blank|masked|encrypted|hashed|secret|secrets|token|tokens|key|keys|password|passwords|passwd|passphrase|pass|pwd|credential|credentials|username|user|name|email|login|auth|bearer|basic|private|public|random|generated|auto|prompt|ask|n\/a|na|unset|notset|disabled|enabled|self|this|foo|bar|baz|qux|foobar|test|testing|tests|demo|sample|mock|fake|stub|dummy|asdf|abc|abcd|xyz|hello|world|some|something|anything|whatever|same|other|invalid|valid|wrong|correct|incorrect|bad|good|new|old|current|confirm|lorem|ipsum)$/i;

const GAP =
  /x{4,}|\*{3,}|\.\.\.|…|_{4,}|-{4,}|<[^>]+>|\b(?:your|my|the|some|any|enter|insert|replace|change|fill|put|add)[-_ ]?(?:own|new|super|api|access|secret|private|password|passwd|token|key|value|here|me|this|it|aws|db|database|app|client)|change[-_]?(?:me|it|this)|placeholder|goes[-_ ]here|redacted|removed|example|not[-_ ]?a?[-_ ]?real|to[-_ ]be[-_ ]|todo|fixme|dummy|undefined/i;

/** Whether a value stands for another one, or is a gap: beyond what `isHarmless` says of settings alone. */
export function isGap(value: string): boolean {
  const shown = value.trim();
  if (shown.length > MAX_GAP) return false;
  if (isHarmless(shown) || WORDS.test(shown) || GAP.test(shown)) return true;
  return COMPUTED.some((pattern) => pattern.test(shown));
}
