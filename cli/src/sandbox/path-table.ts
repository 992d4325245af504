/**
 * Which files a sandbox hides, shows or opens: the whole of it, as data. Everything that is not named here can be
 * read and not written. A `*` stands for any part of one name. What is hidden wins over what surrounds it.
 */

/** What a path becomes inside. */
export type TableAccess =
  /** Not there at all. */
  | 'hidden'
  /** As it is, for reading. */
  | 'read-only'
  /** As it is, for reading and writing. */
  | 'writable'
  /** A folder of the sandbox's own that lasts from session to session, in the place of the person's. */
  | 'cache'
  /** A copy that may be changed and ends with the session. */
  | 'copy'
  /** A copy without the lines that hold tokens. */
  | 'copy-without-tokens';

/** Paths that are treated alike, and why. */
export interface TableRow {
  readonly access: TableAccess;
  readonly why: string;
  readonly paths: readonly string[];
}

/** Below the home folder. */
export const HOME_TABLE: readonly TableRow[] = [
  {
    access: 'hidden',
    why: 'the guard itself, also where AGENTGUARD_HOME names another place for it',
    paths: ['.config/agentguard', '.local/state/agentguard'],
  },
  {
    access: 'hidden',
    why: 'keys that open other machines',
    paths: ['.ssh', '.gnupg', '.age', '.config/sops', '.config/age', '.pki', '.putty'],
  },
  {
    access: 'hidden',
    why: 'credentials of clouds',
    paths: [
      '.aws',
      '.azure',
      '.config/gcloud',
      '.boto',
      '.gsutil',
      '.s3cfg',
      '.mc',
      '.oci',
      '.aliyun',
      '.bluemix',
      '.config/doctl',
      '.config/hcloud',
      '.config/scw',
      '.config/linode-cli',
      '.config/rclone',
      '.config/openstack',
      '.railway',
      '.fly',
      '.vercel',
      '.config/vercel',
      '.local/share/com.vercel.cli',
      '.netlify',
      '.config/netlify',
      '.supabase',
      '.wrangler',
      '.config/.wrangler',
      '.heroku',
      '.config/heroku',
      '.config/stripe',
      '.ngrok2',
      '.config/ngrok',
    ],
  },
  {
    access: 'hidden',
    why: 'credentials of clusters and containers',
    paths: [
      '.kube',
      '.docker/config.json',
      '.docker/run',
      '.docker/contexts',
      '.docker/desktop',
      '.config/containers/auth.json',
      '.local/share/containers',
      '.local/share/docker',
      '.minikube',
      '.config/helm',
      '.config/k9s',
      '.colima',
      '.lima',
      '.rd',
      '.orbstack',
    ],
  },
  {
    access: 'hidden',
    why: 'credentials of infrastructure tools, and the secrets in their state',
    paths: [
      '.terraform.d',
      '.terraformrc',
      '.pulumi',
      '.vault-token',
      '.config/vault',
      '.ansible',
      '*.tfstate',
      '*.tfstate.*',
    ],
  },
  {
    access: 'hidden',
    why: 'credentials of databases',
    paths: [
      '.pgpass',
      '.pg_service.conf',
      '.postgresql',
      '.my.cnf',
      '.mylogin.cnf',
      '.mongodb',
      '.mongorc.js',
      '.redisclirc',
      '.databrickscfg',
      '.snowsql',
      '.snowflake',
      '.dbt',
      '.pgadmin',
      '.dbeaver4',
      '.dbeaver',
      '.local/share/DBeaverData',
      '.config/DataGrip',
      '.config/JetBrains',
      '.config/beekeeper-studio',
    ],
  },
  {
    access: 'hidden',
    why: 'credentials of forges and package registries',
    paths: [
      '.config/gh',
      '.config/hub',
      '.config/glab-cli',
      '.config/glab',
      '.git-credentials',
      '.config/git/credentials',
      '.netrc',
      '.authinfo',
      '.authinfo.gpg',
      '.pypirc',
      '.cargo/credentials',
      '.cargo/credentials.toml',
      '.gem/credentials',
      '.m2/settings.xml',
      '.m2/settings-security.xml',
      '.gradle/gradle.properties',
      '.composer/auth.json',
      '.config/composer/auth.json',
      '.nuget/NuGet',
      '.yarnrc.yml',
    ],
  },
  {
    access: 'hidden',
    why: 'passwords: keyrings, managers, the sessions of browsers and mail',
    paths: [
      '.local/share/keyrings',
      '.local/share/kwalletd',
      '.kde/share/apps/kwallet',
      '.password-store',
      '.config/op',
      '.config/1Password',
      '.1password',
      '.config/Bitwarden',
      '.config/Bitwarden CLI',
      '.config/keepassxc',
      '.mozilla',
      '.thunderbird',
      '.librewolf',
      '.zen',
      '.config/google-chrome*',
      '.config/chromium',
      '.config/BraveSoftware',
      '.config/microsoft-edge*',
      '.config/vivaldi',
      '.config/opera*',
      'snap',
      '.var',
      '.config/Slack',
      '.config/discord',
      '.config/Signal',
      '.config/Element',
      '.config/teams*',
    ],
  },
  {
    access: 'hidden',
    why: 'what was typed and edited: histories hold passwords',
    paths: [
      '.*_history',
      '.*_history-*',
      '.zhistory',
      '.histfile',
      '.lesshst',
      '.viminfo',
      '.dbshell',
      '.mongosh',
      '.zsh_sessions',
      '.bash_sessions',
      '.local/share/fish',
      '.local/share/atuin',
      '.local/share/nushell',
      '.local/state/bash',
      '.local/state/zsh',
      '.local/state/nvim',
      '.local/share/nvim/shada',
      '.config/Code',
      '.config/Code - Insiders',
      '.config/VSCodium',
      '.config/Cursor',
      '.config/Windsurf',
      '.vscode-server/data',
      '.cursor-server/data',
      '.local/share/Trash',
    ],
  },
  {
    access: 'hidden',
    why: 'ways to other programs of the person: sockets and the right to draw',
    paths: ['.Xauthority', '.ICEauthority', '.dbus', '.emacs.d/server', '.config/pulse', '.tmux'],
  },
  {
    access: 'hidden',
    why: 'services that start by themselves',
    paths: ['.config/systemd', '.config/autostart', '.local/share/systemd'],
  },
  {
    access: 'cache',
    why: 'tools need them warm; those of the person are run outside and must not be poisoned',
    paths: [
      '.cache',
      '.npm',
      '.yarn',
      '.bun/install',
      '.local/share/pnpm/store',
      '.local/share/uv',
      '.cargo/registry',
      '.cargo/git',
      'go/pkg',
      '.m2/repository',
      '.gradle/caches',
      '.gradle/daemon',
      '.nuget/packages',
      '.deno',
      '.pnpm-store',
    ],
  },
  {
    access: 'read-only',
    why: 'large downloads that tools find in the cache, too large to fetch twice',
    paths: [
      '.cache/ms-playwright',
      '.cache/puppeteer',
      '.cache/prisma',
      '.cache/Cypress',
      '.cache/electron',
      '.cache/huggingface',
      '.cache/torch',
    ],
  },
  {
    access: 'writable',
    why: 'an agent keeps its login, its memory and its conversations here',
    paths: [
      '.claude',
      '.codex',
      '.gemini',
      '.copilot',
      '.cursor',
      '.local/share/opencode',
      '.local/state/opencode',
      '.local/share/claude',
      '.local/state/claude',
      '.config/cursor',
      '.config/github-copilot',
      '.local/share/goose',
      '.aider',
    ],
  },
  {
    access: 'read-only',
    why: 'an agent that is started without a sandbox runs or obeys what stands here',
    paths: [
      ...['settings.json', 'settings.local.json', 'CLAUDE.md', 'hooks', 'commands', 'agents'].map(
        (name) => `.claude/${name}`,
      ),
      ...['skills', 'plugins', 'output-styles', 'local', 'statusline.sh', 'rules'].map(
        (name) => `.claude/${name}`,
      ),
      ...['config.toml', 'hooks.json', 'hooks', 'AGENTS.md', 'prompts', 'rules', 'skills'].map(
        (name) => `.codex/${name}`,
      ),
      ...['settings.json', 'GEMINI.md', 'extensions', 'commands', 'trustedFolders.json'].map(
        (name) => `.gemini/${name}`,
      ),
      ...['config.json', 'mcp-config.json', 'hooks', 'agents', 'skills'].map(
        (name) => `.copilot/${name}`,
      ),
      ...['mcp.json', 'hooks.json', 'hooks', 'rules', 'extensions', 'cli-config.json'].map(
        (name) => `.cursor/${name}`,
      ),
      '.cursor/commands',
      '.local/share/opencode/bin',
    ],
  },
  {
    access: 'copy',
    why: 'rewritten all the time, and names programs that a later start outside would run',
    paths: ['.claude.json'],
  },
  {
    access: 'copy-without-tokens',
    why: 'says where packages come from, and often holds the token for it',
    paths: ['.npmrc'],
  },
];

/** Below the workspace, whose other files can be written. */
export const WORKSPACE_TABLE: readonly TableRow[] = [
  {
    access: 'read-only',
    why: 'agents started without a sandbox run or obey what stands here',
    paths: [
      '.claude',
      '.mcp.json',
      '.cursor',
      '.codex',
      '.gemini',
      '.opencode',
      'opencode.json',
      'opencode.jsonc',
      '.github/hooks',
      '.copilot',
      '.windsurf',
      '.continue',
      '.kiro',
      '.roo',
    ],
  },
  {
    access: 'read-only',
    why: 'editors run what stands here',
    paths: [
      '.vscode',
      '.idea',
      '.zed',
      '.fleet',
      '.devcontainer',
      '.devcontainer.json',
      '.exrc',
      '.nvim.lua',
      '.nvimrc',
      '.dir-locals.el',
    ],
  },
  {
    access: 'read-only',
    why: 'git and shells run what stands here',
    paths: ['.husky', '.githooks', '.envrc'],
  },
  { access: 'read-only', why: 'what the guard itself is told', paths: ['agentguard.yaml'] },
  {
    access: 'writable',
    why: 'where agents keep their own working copies',
    paths: ['.claude/worktrees'],
  },
];

/** Below each folder that git keeps a repository in. */
export const GIT_TABLE: readonly TableRow[] = [
  {
    access: 'read-only',
    why: 'git runs what stands here, also when an editor only asks for the status',
    paths: ['config', 'config.worktree', 'hooks', 'commondir', 'gitdir'],
  },
];

/** Absolute. Hidden from root too, who runs without the right to pass by the owner of a file. */
export const SYSTEM_TABLE: readonly TableRow[] = [
  {
    access: 'hidden',
    why: 'keys and passwords of the machine',
    paths: [
      '/etc/shadow',
      '/etc/shadow-',
      '/etc/gshadow',
      '/etc/gshadow-',
      '/etc/sudoers',
      '/etc/sudoers.d',
      '/etc/ssl/private',
      '/etc/letsencrypt',
      '/etc/kubernetes',
      '/etc/rancher',
      '/etc/wireguard',
      '/etc/NetworkManager/system-connections',
      '/etc/docker',
      '/etc/krb5.keytab',
      '/etc/ssh/ssh_host_*_key',
    ],
  },
  {
    access: 'hidden',
    why: 'the files of services, and of other accounts',
    paths: [
      '/root',
      '/home/*',
      '/var/lib/docker',
      '/var/lib/containerd',
      '/var/lib/kubelet',
      '/var/lib/postgresql',
      '/var/lib/mysql',
      '/var/lib/mongodb',
      '/var/lib/redis',
      '/var/lib/jenkins',
      '/var/spool',
      '/var/mail',
      '/var/log',
      '/var/backups',
      '/boot',
      '/lost+found',
    ],
  },
  {
    access: 'hidden',
    why: 'the files of Windows, of which this is a guest',
    paths: ['/mnt/*/Users', '/mnt/*/ProgramData', '/mnt/wslg'],
  },
  { access: 'read-only', why: 'programs that are kept below /home', paths: ['/home/linuxbrew'] },
];

/** Variables of the person that say where a credential lies; what they name is hidden wherever it is. */
export const HIDDEN_BY_VARIABLE: readonly string[] = [
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONFIG_FILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AZURE_CONFIG_DIR',
  'BOTO_CONFIG',
  'CARGO_REGISTRY_TOKEN_FILE',
  'CLOUDSDK_CONFIG',
  'DOCKER_CONFIG',
  'GH_CONFIG_DIR',
  'GLAB_CONFIG_DIR',
  'GNUPGHOME',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'HISTFILE',
  'KUBECONFIG',
  'MYSQL_HISTFILE',
  'NETRC',
  'PASSWORD_STORE_DIR',
  'PGPASSFILE',
  'PGSERVICEFILE',
  'PGSSLKEY',
  'PSQL_HISTORY',
  'SOPS_AGE_KEY_FILE',
  'SSH_AUTH_SOCK',
  'TF_CLI_CONFIG_FILE',
  'VAULT_TOKEN_FILE',
  'XAUTHORITY',
];

/** Folders that an agent makes when it is first started; without them its login would end with the session. */
export const AGENT_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  claude: ['.claude'],
  codex: ['.codex'],
  gemini: ['.gemini'],
  copilot: ['.copilot'],
  'cursor-agent': ['.cursor', '.config/cursor'],
  opencode: ['.local/share/opencode', '.local/state/opencode'],
};
