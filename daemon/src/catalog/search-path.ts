/**
 * The value of `search_path` as the server reads it (SplitIdentifierString): names between commas, quoted ones as they
 * stand, others in lower case. Never an approximation: a value that it cannot read is a problem, not an empty path.
 */

const NAME = /\s*(?:"((?:[^"]|"")*)"|([^\s,"][^\s,]*))\s*(?:,|$)/uy;

/** What a setting's source says when its value came from ALTER ROLE or ALTER DATABASE. */
const ROLE_SOURCES: ReadonlySet<string> = new Set(['global', 'database', 'user', 'database user']);

/** The value that a session starts with, from the places it can come from. */
export interface SearchPathSources {
  /** What ALTER ROLE or ALTER DATABASE says now; null when they say nothing. */
  readonly rolePath: string | null;
  /** `source` of the setting in our own session. */
  readonly source: string;
  /** What RESET gives in our own session, which is what it started with. */
  readonly resetValue: string;
  /** The value compiled into the server. */
  readonly bootValue: string;
}

/**
 * Text of the search path of a session that starts now. Our own session may have started before the role's setting
 * was changed, so what the catalog says comes first.
 */
export function freshSearchPath(from: SearchPathSources): string {
  if (from.rolePath !== null) return from.rolePath;
  return ROLE_SOURCES.has(from.source) ? from.bootValue : from.resetValue;
}

/** Names in a search path; `"$user"` becomes the role's name. Undefined when the text is not a list of names. */
export function parseSearchPath(text: string, user: string): readonly string[] | undefined {
  const names: string[] = [];
  if (text.trim() === '') return names;
  NAME.lastIndex = 0;
  while (NAME.lastIndex < text.length) {
    const found = NAME.exec(text);
    if (found === null) return undefined;
    const name = found[1]?.replaceAll('""', '"') ?? lowerCase(found[2] ?? '');
    names.push(name === '$user' ? user : name);
  }
  return text.trimEnd().endsWith(',') ? undefined : names;
}

/** The server lowers ASCII letters only, whatever the locale, when the encoding has several bytes. */
function lowerCase(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase());
}
