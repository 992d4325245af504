/** Who may import what. Each rule says why it exists. */
const OUTSIDE_MAIN = '^daemon/src/main\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'a circle has no reading order',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment: 'an import that does not resolve would pass every other fence unseen',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'rules-are-pure',
      comment: 'the decision core knows no sockets, files, clocks or children',
      severity: 'error',
      from: { path: '^rules/src', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|assert|zlib)$' },
    },
    {
      name: 'rules-import-nothing-of-ours',
      comment: 'everything stands on the decision core, it stands on nothing',
      severity: 'error',
      from: { path: '^rules/' },
      to: { path: '^(daemon|cli|extension|test)/' },
    },
    {
      name: 'cli-and-extension-see-only-the-contract',
      comment: 'a surface shows and answers; it cannot reach into the daemon',
      severity: 'error',
      from: { path: '^(cli|extension)/' },
      to: { path: '^daemon/', pathNot: '^daemon/src/control/contract/' },
    },
    {
      name: 'contract-is-self-contained',
      comment:
        'the published contract drags nothing of the daemon along but where things are and whether they are ours',
      severity: 'error',
      from: { path: '^daemon/src/control/contract/', pathNot: '(\\.test\\.ts$|/fixtures/)' },
      to: {
        path: '^daemon/',
        pathNot:
          '^daemon/src/(control/contract/|errors\\.ts$|platform/(program-places|paths|owner-only|session-marker)\\.ts$)',
      },
    },
    {
      name: 'protocols-hold-no-keys',
      comment:
        'a protocol room is handed an Enforcement; it cannot decide, record or reveal by itself',
      severity: 'error',
      from: { path: '^daemon/src/protocols/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^daemon/src/(secrets|audit|approvals|control|sessions)/',
        // The type that hides its value is the one thing every room may hold.
        pathNot: '^daemon/src/secrets/secret-value\\.ts$',
      },
    },
    {
      name: 'protocol-rooms-are-apart',
      comment: 'what two protocols share belongs to enforcement or rules',
      severity: 'error',
      from: { path: '^daemon/src/protocols/([^/]+)/' },
      to: { path: '^daemon/src/protocols/([^/]+)/', pathNot: '^daemon/src/protocols/$1/' },
    },
    {
      name: 'sockets-only-in-connection',
      comment: 'bytes in, commands out: a protocol room is testable without a network',
      severity: 'error',
      from: {
        path: '^daemon/src/',
        pathNot:
          '(\\.test\\.ts$|^daemon/src/protocols/[^/]+/(connection|upstream-transport)\\.ts$|^daemon/src/hooks/connection\\.ts$|^daemon/src/(tls|control)/)',
      },
      to: { path: '^(node:)?(net|tls|http|https|http2|dgram)$' },
    },
    {
      name: 'files-only-where-they-belong',
      comment: 'who can touch the disk is a short list',
      severity: 'error',
      from: {
        path: '^daemon/src/',
        pathNot:
          '(\\.test\\.ts$|/test-server\\.ts$|^daemon/src/(platform|audit|secrets|resources|mcp-servers|policy|control|panic|undo|wiring)/|^daemon/src/main\\.ts$)',
      },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'children-only-in-platform',
      comment: 'who can start a process is a shorter list',
      severity: 'error',
      from: {
        path: '^daemon/src/',
        pathNot:
          '(\\.test\\.ts$|/fixtures/|/test-server\\.ts$|^daemon/src/platform/|^daemon/src/control/contract/client/|^daemon/src/protocols/mcp/connection\\.ts$)',
      },
      to: { path: '^(node:)?child_process$' },
    },
    {
      name: 'nothing-imports-main',
      comment: 'main wires everything and is wired into nothing',
      severity: 'error',
      from: {},
      to: { path: OUTSIDE_MAIN },
    },
    {
      name: 'nothing-imports-test',
      comment: 'the product does not depend on its proof',
      severity: 'error',
      from: { path: '^(rules|daemon|cli|extension)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-catch-all-rooms',
      comment: 'a thing without a room has not been named yet',
      severity: 'error',
      from: {},
      to: { path: '/(utils?|helpers?|common|shared|misc)(/|\\.)', pathNot: 'node_modules' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
