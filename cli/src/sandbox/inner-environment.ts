/** The environment of a command inside: what leads to a socket that is not there goes, what names a place is set right. */

/** Names of sockets, displays and channels to programs outside. */
const LEADS_OUT =
  /^(SSH_AUTH_SOCK|SSH_AGENT_PID|SSH_ASKPASS|GIT_ASKPASS|SUDO_ASKPASS|GPG_AGENT_INFO|DBUS_\w+|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|TMUX|TMUX_PANE|STY|DOCKER_HOST|CONTAINER_HOST|PULSE_SERVER|GNOME_KEYRING_CONTROL|VSCODE_IPC_HOOK\w*|VSCODE_GIT_\w+|NVIM|NVIM_LISTEN_ADDRESS|WSL_INTEROP|ZELLIJ\w*|KITTY_LISTEN_ON)$/;

/** Where temporary files go: a folder of the sandbox's own. */
const TEMPORARY_NAMES = ['TMPDIR', 'TMP', 'TEMP'];

/** Settings of git that would need what is hidden: keys to sign with, a helper that listens outside. */
const GIT_SETTINGS = [
  ['commit.gpgSign', 'false'],
  ['tag.gpgSign', 'false'],
  ['core.fsmonitor', 'false'],
] as const;

/** Variable that tells programs inside that they are. */
export const SANDBOX_MARKER = 'AGENTGUARD_SANDBOX';

/** Makes the environment of the command from the guarded one. */
export function toInnerEnvironment(
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const kept = Object.entries(env).filter(([name]) => !LEADS_OUT.test(name));
  const moved = TEMPORARY_NAMES.filter((name) => name in env).map(
    (name) => [name, '/tmp'] as const,
  );
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(moved),
    ...gitSettings(env['GIT_CONFIG_COUNT']),
    [SANDBOX_MARKER]: '1',
  };
}

/** git-config(1), GIT_CONFIG_COUNT: added behind those that are there. */
function gitSettings(count: string | undefined): Record<string, string> {
  const first = /^\d{1,4}$/.test(count ?? '') ? Number(count) : 0;
  const settings = GIT_SETTINGS.flatMap(([key, value], index): [string, string][] => [
    [`GIT_CONFIG_KEY_${first + index}`, key],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ]);
  return {
    ...Object.fromEntries(settings),
    GIT_CONFIG_COUNT: String(first + GIT_SETTINGS.length),
  };
}
