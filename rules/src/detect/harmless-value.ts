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

/** Whether a value is certainly no secret. */
export function isHarmless(value: string): boolean {
  const shown = value.trim();
  return HARMLESS.some((pattern) => pattern.test(shown)) || shown.includes(PLACEHOLDER_PASSWORD);
}
