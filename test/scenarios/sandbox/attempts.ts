/** Attempts to get out of a sandbox or to leave something behind, each as a shell script of one line or more. */

import { CLOSED_FILES, SECRET_FILES } from './sandbox-stage.ts';

/** One attempt. It has failed when it ends in a failure and prints no secret. */
export interface Attempt {
  readonly name: string;
  readonly script: string;
}

/** A Node program that ends well only when it was let in. */
function connectTo(place: string): string {
  return `"$NODE" -e 'const s=require("net").connect(${place},()=>process.exit(0));s.on("error",()=>process.exit(1));setTimeout(()=>process.exit(2),2000)'`;
}

/** Nothing outside is reached. */
export const NETWORK: readonly Attempt[] = [
  {
    name: 'a listener of the host by TCP',
    script: connectTo('{port:+process.env.OUTSIDE_PORT,host:"127.0.0.1"}'),
  },
  {
    name: 'the database itself, past the guard',
    script: connectTo('{port:+process.env.SERVER_PORT,host:"127.0.0.1"}'),
  },
  {
    name: 'a raw socket of the shell',
    script: 'bash -c "exec 3<>/dev/tcp/127.0.0.1/$OUTSIDE_PORT"',
  },
  { name: 'an address of the internet', script: connectTo('{port:443,host:"1.1.1.1"}') },
  { name: 'an address of the local network', script: connectTo('{port:5432,host:"10.0.0.1"}') },
  {
    name: 'the metadata service of a cloud',
    script: connectTo('{port:80,host:"169.254.169.254"}'),
  },
  { name: 'an IPv6 address', script: connectTo('{port:443,host:"2606:4700:4700::1111"}') },
  {
    name: 'a question to a resolver by UDP',
    script: `"$NODE" -e 'const s=require("dgram").createSocket("udp4");s.on("error",()=>process.exit(1));s.send("x",53,"8.8.8.8",(e)=>process.exit(e?1:0))'`,
  },
  { name: 'the agent of ssh', script: connectTo('{path:process.env.OUTSIDE_SOCKET}') },
  { name: 'an abstract socket', script: connectTo('{path:"\\0"+process.env.OUTSIDE_ABSTRACT}') },
  {
    name: 'the control socket of the guard',
    script: connectTo('{path:process.env.CONTROL_SOCKET}'),
  },
  { name: 'the socket of Docker', script: connectTo('{path:"/var/run/docker.sock"}') },
  { name: 'the bus of the system', script: connectTo('{path:"/run/dbus/system_bus_socket"}') },
  {
    name: 'the bus of the session',
    script: connectTo('{path:"/run/user/"+process.getuid()+"/bus"}'),
  },
  { name: 'anything below /run', script: 'find /run /var/run/ -type s | grep .' },
  {
    name: 'any socket in the home folder',
    script: 'find "$HOME" -type s -exec test -S {} \\; -print | grep .',
  },
  { name: 'the machine around a virtual one', script: `perl -e 'socket(S,40,1,0) or exit 1'` },
  { name: 'a variable that names the agent of ssh', script: 'test -n "$SSH_AUTH_SOCK"' },
];

/** No secret is read. */
export const READING: readonly Attempt[] = [
  ...SECRET_FILES.map((name) => ({ name: `reading ~/${name}`, script: `cat "$HOME/${name}"` })),
  {
    name: 'a link to a secret',
    script: 'ln -sf "$HOME/.ssh/id_ed25519" leak; cat leak; r=$?; rm leak; exit $r',
  },
  { name: 'a second name of a secret', script: 'ln "$HOME/code/crm/.env" leak2' },
  { name: 'the root of the first process', script: 'cat "/proc/1/root$HOME/.aws/credentials"' },
  { name: 'the token of the package registry', script: 'grep _authToken "$HOME/.npmrc"' },
  { name: 'the passwords of the machine', script: 'cat /etc/shadow' },
  { name: 'the home of the guard', script: 'ls -A "$AGENTGUARD_HOME" | grep .' },
  {
    name: 'all of the home folder',
    script: 'grep -rIs home-canary "$HOME" /tmp /run /var/tmp /dev/shm',
  },
  { name: 'every environment', script: 'grep -las home-canary /proc/[0-9]*/environ' },
];

/** Nothing outside of the workspace, and nothing that would run outside, is written. */
export const WRITING: readonly Attempt[] = [
  ...CLOSED_FILES.flatMap((name) => [
    { name: `adding to ${name}`, script: `echo evil >> '${name}'` },
    {
      name: `another file in the place of ${name}`,
      script: `echo evil > new; mv -f new '${name}'; r=$?; rm -f new; exit $r`,
    },
    { name: `removing ${name}`, script: `rm -rf '${name}'` },
  ]),
  ...['.git', '.vscode', '.claude', 'vendored', 'vendored/.git', '.git/hooks'].map((name) => ({
    name: `another folder in the place of ${name}`,
    script: `mv '${name}' moved`,
  })),
  { name: 'settings of git by git', script: 'git config core.fsmonitor evil' },
  { name: 'a new hook', script: 'echo evil > .git/hooks/post-checkout' },
  {
    name: 'a hook where there was no folder of hooks',
    script: 'echo evil > vendored/.git/hooks/post-checkout',
  },
  { name: 'a file of another project', script: 'echo evil > ../crm/README' },
  { name: 'a new file beside the workspace', script: 'mkdir ../crm/new' },
  { name: 'a file of the system', script: 'echo evil > /usr/local/evil' },
  { name: 'settings of git of the person', script: 'echo evil >> "$HOME/.gitconfig"' },
  {
    name: 'settings of an agent of the person',
    script: 'echo evil >> "$HOME/.claude/settings.json"',
  },
  { name: 'the program of the guard', script: 'echo evil >> "$GUARD_PROGRAM"' },
];

/** No process outside is seen, and no right is gained. */
export const PROCESSES: readonly Attempt[] = [
  { name: 'the daemon by its number', script: 'kill -0 "$DAEMON"' },
  { name: 'a process outside in /proc', script: 'test -d "/proc/$DAEMON"' },
  { name: 'tracing what is not inside', script: 'ls /proc | grep -E "^[0-9]{4,}$"' },
  { name: 'a user namespace', script: 'unshare -Ur true' },
  { name: 'a network namespace', script: 'unshare -n true' },
  { name: 'the namespaces of the first process', script: 'nsenter -t 1 -m true' },
  { name: 'a mount', script: 'mount -t tmpfs none /mnt' },
  { name: 'a mount made writable', script: 'mount -o remount,rw /' },
  { name: 'uncovering a hidden folder', script: 'umount "$AGENTGUARD_HOME"' },
  {
    name: 'any capability',
    script: 'grep -E "^Cap(Prm|Eff|Bnd|Amb):.*[1-9a-f]" /proc/self/status',
  },
  { name: 'new privileges', script: 'grep "^NoNewPrivs:.0" /proc/self/status' },
  {
    name: 'typing into the terminal',
    script: `perl -e 'ioctl(STDIN,0x5412,"x"); exit($!{EPERM} ? 1 : 0)'`,
  },
  {
    name: 'what the kernel runs on a crash',
    script: 'cat /proc/sys/kernel/core_pattern > /proc/sys/kernel/core_pattern',
  },
  {
    name: 'any setting of the kernel',
    script:
      'find /proc/[a-z]* -type f -not -path "/proc/self/*" -not -path "/proc/thread-self/*" -writable | grep .',
  },
  {
    name: 'the keys of the kernel',
    script: `perl -e 'exit(syscall(($ENV{ARCH} eq "x64" ? 250 : 219),0,-4,1) < 0 ? 1 : 0)'`,
  },
  { name: 'a device', script: 'mknod disk b 8 0' },
  { name: 'devices of the machine', script: 'ls /dev | grep -E "^(sd|vd|nvme|mem|kmsg|fuse)"' },
];
