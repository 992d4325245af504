/**
 * What a file is, by its path: which rules apply in it, and how sure a find is. No kind takes the rules for tokens away,
 * because a token is one wherever it lies.
 */

/** What a file is for. */
export type FileKind =
  /** Variables of a program, filled in. */
  | 'environment'
  /** Made to hold credentials. */
  | 'credentials'
  /** Variables or settings with gaps, for others to fill in. */
  | 'example'
  | 'settings'
  | 'script'
  | 'source'
  | 'test'
  | 'prose'
  /** Tables, dumps, logs. */
  | 'data'
  /** Written by a tool: versions and hashes, minified code, copies of other people's packages. */
  | 'generated'
  | 'unknown';

const EXAMPLE =
  /(?:^|[._-])(?:example|examples|sample|template|tmpl|tpl|dist|defaults?|schema|spec)(?:[._-]|$)/;
const EXAMPLE_SETTINGS = /\.(?:env|ini|cfg|conf|ya?ml|json|toml|properties|envrc|npmrc)\b|^\.?env/;

const ENVIRONMENT =
  /^(?:\.env(?:\.[\w.-]+)?|\.envrc|[\w-][\w.-]*\.env|\.?env\.(?:local|prod\w*|staging|dev\w*))$/;

const CREDENTIAL_NAMES = new Set([
  ...['.netrc', '_netrc', '.pgpass', 'pgpass.conf', '.htpasswd', 'htpasswd', 'shadow', '.npmrc'],
  ...['.pypirc', '.git-credentials', '.dockercfg', '.s3cfg', '.my.cnf', '.mylogin.cnf', '.esmtprc'],
  ...[
    '.msmtprc',
    '.fetchmailrc',
    '.tugboat',
    '.boto',
    '.credentials',
    '.passwd-s3fs',
    'passwd-s3fs',
  ],
  ...['wp-config.php', 'filezilla.xml', 'recentservers.xml', 'sitemanager.xml', 'webservers.xml'],
  ...['sftp-config.json', 'sftp.json', '.ftpconfig', '.remote-sync.json', 'robomongo.json'],
  ...[
    'dbeaver-data-sources.xml',
    'data-sources.xml',
    'credentials.xml',
    'kubeconfig',
    'proftpdpasswd',
  ],
  ...['master.key', 'credentials.tfrc.json', 'ventrilo_srv.ini', 'secrets.yml', 'secrets.yaml'],
  ...['credentials.json', 'credentials.toml', 'secrets.json', 'secrets.toml', 'logins.json'],
  ...[
    'accesstokens.json',
    'access_tokens.db',
    'hosts.yml',
    'heroku.json',
    'deployment-config.json',
  ],
  ...['.yarnrc.yml', 'auth.json', 'storage.json', 'terraform.tfstate', 'settings-security.xml'],
]);

const CREDENTIAL_PATHS =
  /(?:^|\/)(?:\.aws\/(?:credentials|config)|\.docker\/config\.json|\.kube\/config|\.config\/(?:gh|hub|doctl|gcloud|heroku|netlify)\b[^/]*|\.ssh\/(?:id_\w+|config)|\.azure\/[^/]+|hub)$|\.tfstate(?:\.backup)?$|\.tfvars(?:\.json)?$|\.ovpn$|\.rdp$/;

const GENERATED_NAMES = new Set([
  ...['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock'],
  ...['cargo.lock', 'gemfile.lock', 'composer.lock', 'poetry.lock', 'pipfile.lock', 'uv.lock'],
  ...[
    'go.sum',
    'go.work.sum',
    'flake.lock',
    'mix.lock',
    'pubspec.lock',
    'podfile.lock',
    'deno.lock',
  ],
  ...[
    'packages.lock.json',
    'gradle.lockfile',
    'paket.lock',
    'package.resolved',
    '.terraform.lock.hcl',
  ],
]);
const GENERATED =
  /[.-]min\.(?:js|css|mjs|cjs)$|\.(?:map|snap|svg|lock|pb\.go|wasm|css|scss|less|woff2?|po|pot|rbi|csproj|xlf|d\.ts|pem\.md5|sha256|sha512|md5|sum)$|(?:^|\/)(?:node_modules|bower_components|vendor|third_party|\.yarn|dist|site-packages)\//;

const TEST =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|spec|specs|testing|e2e|fixtures?|mocks?|testdata|test-data|cypress|stories|benchmarks?)\/|(?:^|[._/-])(?:test|tests|spec|mock|mocks|fixture|fixtures|stories|e2e)[._-][^/]*$|[._-](?:test|tests|spec|mock|fixture|fixtures|stories|e2e)\.\w+$|(?:test|tests|testcase|spec)\.(?:java|kt|cs|scala|swift|php|rb|py|go)$|(?:^|\/)(?:examples?|demos?|samples?)\//i;

const PROSE =
  /\.(?:md|mdx|markdown|rst|adoc|asciidoc|html?|tex|ipynb|pod|man|[1-8])$|(?:^|\/)(?:docs?|documentation|website)\/|(?:^|\/)(?:readme|changelog|changes|history|license|copying|notice|authors|news)[^/]*$/i;

const SETTINGS =
  /\.(?:ya?ml|json5?|jsonc|toml|ini|cfg|cnf|conf|config|properties|props|xml|plist|tf|hcl|gradle|nix|kdl|reg|service|sqlproj|desktop|inf|options|settings|rc|ppk|webconfig|hiera|j2)$|(?:^|\/)\.[\w-]+rc$|(?:^|\/)(?:config|docker-compose[^/]*)$/i;
const SCRIPT =
  /\.(?:sh|bash|zsh|fish|ksh|ps1|psm1|bat|cmd|mk|awk|expect|env\.sh)$|(?:^|\/)(?:dockerfile|containerfile|makefile|jenkinsfile|vagrantfile|procfile|\.bashrc|\.bash_profile|\.profile|\.zshrc|\.zprofile|\.bash_history|\.zsh_history|\.envrc)[^/]*$/i;
const SOURCE =
  /\.(?:[cm]?[jt]sx?|py|pyi|rb|go|rs|java|kts?|cs|vb|fs|swift|m|mm|c|cc|cpp|cxx|h|hh|hpp|php\d?|phtml|pl|pm|lua|scala|sc|clj[cs]?|ex|exs|erl|hrl|hs|ml|mli|dart|r|jl|groovy|sol|vue|svelte|astro|elm|nim|zig|v|sv|vhd|coffee|pas|asm|s|proto|thrift|graphql|gql|jsp|aspx?|cshtml|erb|ejs|hbs|twig|liquid|pug|haml|cmake|bzl|bazel|star|rego|cue|qml|gd|tcl|el|lisp|scm|rkt|apex|cls|trigger|abap|cob|f90)$/i;
const DATA = /\.(?:csv|tsv|sql|log|ndjson|jsonl|dump|out|ldif|txt|bak|old|orig|har)$/i;

/** Judges a path; `/` divides it. */
export function fileKindOf(path: string): FileKind {
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf('/') + 1);
  if (EXAMPLE.test(name) && EXAMPLE_SETTINGS.test(name)) return 'example';
  if (ENVIRONMENT.test(name)) return 'environment';
  if (GENERATED_NAMES.has(name) || GENERATED.test(lower)) return 'generated';
  if (CREDENTIAL_NAMES.has(name) || CREDENTIAL_PATHS.test(lower)) return 'credentials';
  return byContent(lower);
}

function byContent(path: string): FileKind {
  if (TEST.test(path)) return 'test';
  if (PROSE.test(path)) return 'prose';
  if (SCRIPT.test(path)) return 'script';
  if (SETTINGS.test(path)) return 'settings';
  if (SOURCE.test(path)) return 'source';
  return DATA.test(path) ? 'data' : 'unknown';
}

/** Whether what stands in a file of the path is more often an example than a secret. */
export function isTrial(path: string, kind: FileKind): boolean {
  return kind === 'test' || kind === 'prose' || kind === 'example' || TEST.test(path);
}

/** Whether a file is made to hold secrets: such files are looked at even where git ignores them. */
export function isFileOfCredentials(path: string): boolean {
  const kind = fileKindOf(path);
  return kind === 'environment' || kind === 'credentials';
}
