/**
 * Which variables of the person's shell a guarded command keeps: names that are known to hold no secret, and values whose
 * shape cannot be one. Everything else is withheld. A variable too few shows at once, one too many never does.
 */

import { looksSecret } from '@agentguard/rules/detect/looks-secret';

/** What becomes of a variable, and why it is withheld. */
export type VariableJudgement =
  { readonly kind: 'kept' } | { readonly kind: 'withheld'; readonly why: 'secret' | 'unclear' };

/** For whom is judged. */
export interface Occasion {
  /** Name of the command without its folder: `claude`. */
  readonly agent: string;
  /** Names that the person lets through by hand. */
  readonly passed: ReadonlySet<string>;
}

/** Names that systems, terminals, shells and tools give a meaning without a secret in it. */
const KNOWN_NAMES =
  /^(PATH|HOME|USER|LOGNAME|USERNAME|SHELL|PWD|OLDPWD|SHLVL|HOSTNAME|MAIL|LANG|LANGUAGE|LC_\w+|TZ|TERM|TERM_\w+|TERMINFO|TERMINFO_DIRS|COLORTERM|COLUMNS|LINES|NO_COLOR|FORCE_COLOR|CLICOLOR|CLICOLOR_FORCE|LS_COLORS|LSCOLORS|TMPDIR|TEMP|TMP|EDITOR|VISUAL|PAGER|LESS|LESSOPEN|LESSCLOSE|MANPATH|INFOPATH|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_\w+|DBUS_SESSION_BUS_ADDRESS|SSH_AUTH_SOCK|SSH_TTY|SSH_CONNECTION|SSH_CLIENT|GPG_TTY|INVOCATION_ID|JOURNAL_STREAM|PS1|PS2|PROMPT|HISTSIZE|HISTFILE|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES|USERPROFILE|WSL_DISTRO_NAME|CI|DEBUG|NODE_ENV|NODE_PATH|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|GIT_AUTHOR_\w+|GIT_COMMITTER_\w+|GIT_EDITOR|GIT_PAGER|GIT_SSL_CAINFO|PYTHON\w*|VIRTUAL_ENV|CONDA_\w+|PYENV_\w+|RBENV_\w+|GEM_HOME|GEM_PATH|BUNDLE_PATH|GOPATH|GOROOT|GOCACHE|GOMODCACHE|GOFLAGS|CARGO_HOME|RUSTUP_HOME|RUSTUP_\w+|RUST_\w+|JAVA_HOME|MAVEN_HOME|GRADLE_HOME|ANDROID_HOME|ANDROID_SDK_ROOT|DOTNET_ROOT|NVM_\w+|FNM_\w+|VOLTA_HOME|ASDF_\w+|PNPM_HOME|COREPACK_\w+|HOMEBREW_(PREFIX|CELLAR|REPOSITORY)|NIX_\w+|AGENTGUARD_HOME|KEYBOARD)$/i;

/** Words in a name that promise a secret, whatever the value looks like. */
const TELLING_NAME =
  /(TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SIGNING_?KEY|ENCRYPTION_?KEY|AUTH_?KEY|_PAT$|_PWD$|^COOKIE|BEARER|WEBHOOK|DSN$|CONNECTION_?STRING)/i;

/** A run of letters and digits without a break that nobody would type: a key has one of at least this length. */
const OPAQUE_RUN = /[A-Za-z0-9+=_-]{20,}/g;

/** An address with something before the host: `https://user:word@host`. */
const URL_WITH_USER = /[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+@/i;

/** Longest value of an unknown name that is read at all; settings are short. */
const MAX_UNKNOWN_LENGTH = 1024;

/** Credentials with which each agent reaches its own model. Without them it cannot work, and it can read them anyway. */
const MODEL_CREDENTIALS: ReadonlyMap<string, readonly string[]> = new Map([
  ['claude', ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN']],
  ['codex', ['OPENAI_API_KEY', 'CODEX_API_KEY']],
  ['gemini', ['GEMINI_API_KEY', 'GOOGLE_API_KEY']],
  ['opencode', ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY', 'OPENROUTER_API_KEY']],
  ['cursor-agent', ['CURSOR_API_KEY']],
  ['copilot', ['COPILOT_GITHUB_TOKEN']],
]);

/** Judges one variable. Ways to databases are judged elsewhere and go in any case. */
export function judgeVariable(name: string, value: string, occasion: Occasion): VariableJudgement {
  if (occasion.passed.has(name)) return { kind: 'kept' };
  if (MODEL_CREDENTIALS.get(occasion.agent)?.includes(name) === true) return { kind: 'kept' };
  const known = KNOWN_NAMES.test(name);
  // PWD is a folder there; such a name says nothing, only its value may.
  if (looksSecret(known ? 'VALUE' : name, value).kind !== 'nothing') {
    return { kind: 'withheld', why: 'secret' };
  }
  if (known) return { kind: 'kept' };
  if (TELLING_NAME.test(name) && value.trim() !== '') return { kind: 'withheld', why: 'secret' };
  return isPlain(value) ? { kind: 'kept' } : { kind: 'withheld', why: 'unclear' };
}

/** Numbers, words, paths, addresses without a user: what settings are made of. */
function isPlain(value: string): boolean {
  if (value.length > MAX_UNKNOWN_LENGTH || URL_WITH_USER.test(value)) return false;
  return (value.match(OPAQUE_RUN) ?? []).every(isReadable);
}

/** Words put together, `my-feature_flag-v2`, and not letters and digits by chance. */
function isReadable(run: string): boolean {
  return run.split(/[-_+=]/).every((part) => part.length < 20 && !isMixed(part));
}

/** Letters and digits that change places more than a version or a date does. */
function isMixed(part: string): boolean {
  return part.length >= 8 && (part.match(/[A-Za-z][0-9]|[0-9][A-Za-z]/g)?.length ?? 0) >= 3;
}
