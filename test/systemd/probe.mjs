// Tries what the unit forbids, by itself inside the unit's sandbox and outside of it; prints what each attempt led to:
// "done", or the code of the refusal.
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, setPriority } from 'node:os';

const state = process.argv[2];

function write(path) {
  writeFileSync(path, 'x');
  rmSync(path);
}

function run(path, ...args) {
  const { status, error } = spawnSync(path, args, { stdio: 'ignore' });
  if (error) throw error;
  if (status !== 0) throw Object.assign(new Error(), { code: `exit ${status}` });
}

const attempts = {
  'writes to its data folder': () => write(`${state}/probe`),
  'writes to /tmp': () => write('/tmp/probe'),
  'makes a socket of the file system': () => {
    const server = createServer().listen(`${state}/probe.sock`);
    server.close();
  },
  'compiles to memory': () => new Function('a', 'return a + 1')(1),
  'writes to its code': () => write('/opt/lattice/dist/probe'),
  'writes to its settings': () => write('/etc/lattice/probe'),
  'writes to the system': () => write('/usr/lib/probe'),
  'sees the /tmp of others': () => readFileSync('/tmp/of-others'),
  'looks into homes': () => readdirSync('/root'),
  'runs a program that it wrote': () => {
    copyFileSync('/usr/bin/true', `${state}/program`);
    try {
      execFileSync(`${state}/program`, { stdio: 'ignore' });
    } finally {
      rmSync(`${state}/program`);
    }
  },
  'sees other processes': () => readFileSync('/proc/1/cmdline'),
  'sees the memory of the machine': () => readFileSync('/proc/meminfo'),
  'gives a file away': () => {
    writeFileSync(`${state}/given`, '');
    try {
      chownSync(`${state}/given`, 12345, 12345);
    } finally {
      rmSync(`${state}/given`);
    }
  },
  'becomes somebody else': () => run('/usr/bin/setpriv', '--reuid=12345', '--clear-groups', 'true'),
  'makes a namespace': () => run('/usr/bin/unshare', '--user', 'true'),
  'mounts something': () => run('/usr/bin/mount', '-t', 'tmpfs', 'tmpfs', '/mnt'),
  'asks for priority': () => setPriority(-5),
  'opens a netlink socket': () => networkInterfaces(),
};

const results = {};
for (const [what, attempt] of Object.entries(attempts)) {
  try {
    attempt();
    results[what] = 'done';
  } catch (error) {
    results[what] = error.code ?? String(error);
  }
}
console.log(JSON.stringify(results));
