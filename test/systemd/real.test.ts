import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_SYSTEMD_MACHINE, SystemdMachine } from '../support/systemd-machine.js';
import { sandboxOf, shipped, UNIT } from './unit-file.js';

const SERVICE = 'lattice-discovery';
const URL_OF_SERVICE = 'http://127.0.0.1:1113';
const DROP_INS = `/etc/systemd/system/${SERVICE}.service.d`;
const LOOPBACK = 'LATTICE_ALLOW_ADDRESSES=127.0.0.0/8\nLATTICE_ADMISSION=open\nLATTICE_GOSSIP_INTERVAL=2s\n';
const TOKEN = 'a-token-that-systemd-hands-over';
const PROBE = readFileSync(new URL('probe.mjs', import.meta.url), 'utf8');
/** The daemon must have come to its first wait within it, on a busy machine too. */
const START_LIMIT_S = 20;
const WAITING = `TimeoutStartSec=${START_LIMIT_S}\nCPUQuota=`;
/** Half a processor of a busy machine is little. */
const HANG_MS = 300_000;
const skipped = NO_SYSTEMD_MACHINE === null ? '' : ` (skipped: ${NO_SYSTEMD_MACHINE})`;

/** The tests follow one another in one machine, as an operator would go on: each begins with the service as named. */
describe.skipIf(NO_SYSTEMD_MACHINE !== null)(
  `the unit under a real systemd${skipped}`,
  { timeout: HANG_MS },
  () => {
    let machine: SystemdMachine;

    beforeAll(async () => {
      machine = await SystemdMachine.boot();
      // As systemd/README.md says.
      await machine.shell(`
      cd /opt/lattice/systemd
      install -m 644 lattice.sysusers /usr/lib/sysusers.d/lattice.conf && systemd-sysusers
      install -D -m 640 lattice.env.example /etc/lattice/lattice.env
      install -m 644 lattice.tmpfiles /usr/lib/tmpfiles.d/lattice.conf && systemd-tmpfiles --create lattice.conf
      install -m 644 lattice-discovery.service /etc/systemd/system/
      systemctl daemon-reload`);
    });
    afterAll(() => machine?.end());

    const property = async (name: string): Promise<string> =>
      machine.shell(`systemctl show --property=${name} --value ${SERVICE}`);

    async function configure(env: string, dropIn = ''): Promise<void> {
      await machine.run('systemctl', 'stop', SERVICE);
      await machine.run('systemctl', 'reset-failed', SERVICE);
      await machine.shell(`cat >/etc/lattice/lattice.env <<'END'\n${env}\nEND`);
      await machine.write(`${DROP_INS}/test.conf`, `[Service]\n${dropIn}\n`);
      await machine.shell('systemctl daemon-reload');
    }

    /** What the daemon answers, as its body in JSON. */
    async function ask(path: string, headers: Record<string, string> = {}): Promise<unknown> {
      const program = `fetch(process.argv[1], { headers: JSON.parse(process.argv[2]) })
      .then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
      const { stdout, stderr } = await machine.run(
        'node',
        '-e',
        program,
        `${URL_OF_SERVICE}${path}`,
        JSON.stringify(headers),
      );
      if (stdout === '') throw new Error(stderr);
      return JSON.parse(stdout);
    }

    /** Waits until the property has a value that matches; the test's own time limit ends what never comes. */
    async function becomes(name: string, pattern: RegExp): Promise<string> {
      for (;;) {
        const value = await property(name);
        if (pattern.test(value)) return value;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }

    it('forbids what it says it forbids, and nothing that the daemon needs', async () => {
      await machine.write('/opt/lattice/probe/probe.mjs', PROBE);
      await machine.shell('touch /tmp/of-others; mkdir -p /var/lib/control');
      const probe = 'node /opt/lattice/probe/probe.mjs';
      const control = JSON.parse(await machine.shell(`${probe} /var/lib/control`)) as Record<string, string>;
      expect(new Set(Object.values(control))).toEqual(new Set(['done']));

      const command = `/usr/bin/${probe} /var/lib/lattice`;
      await machine.write('/etc/systemd/system/probe.service', sandboxOf(UNIT, command));
      await machine.shell('systemctl daemon-reload && systemctl start probe');
      const printed = await machine.shell('journalctl --unit=probe --output=cat --grep="^{"');
      expect(JSON.parse(printed)).toEqual({
        'writes to its data folder': 'done',
        'writes to /tmp': 'done',
        'makes a socket of the file system': 'done',
        'compiles to memory': 'done',
        'writes to its code': 'EROFS',
        'writes to its settings': 'EROFS',
        'writes to the system': 'EROFS',
        'sees the /tmp of others': 'ENOENT',
        'looks into homes': 'EACCES',
        'runs a program that it wrote': 'EACCES',
        'sees other processes': 'ENOENT',
        'sees the memory of the machine': 'ENOENT',
        'gives a file away': 'EPERM',
        'becomes somebody else': expect.stringContaining('exit') as string,
        'makes a namespace': expect.stringContaining('exit') as string,
        'mounts something': expect.stringContaining('exit') as string,
        'asks for priority': 'ERR_SYSTEM_ERROR',
        'opens a netlink socket': 'ERR_SYSTEM_ERROR',
      });
    });

    it('start returns once the daemon answers; it runs as nobody special, within its limits', async () => {
      await configure(`LATTICE_SERVER_ID=chat.example\n${LOOPBACK}`);
      await machine.shell(`systemctl start ${SERVICE}`);
      expect(await ask('/health')).toMatchObject({ status: 'healthy', server_id: 'chat.example' });
      await becomes('StatusText', /^0 neighbours, 0 peers; /);
      expect(await machine.shell(`systemctl status ${SERVICE}`)).toMatch(/Status: "0 neighbours, 0 peers; /);

      const pid = await property('MainPID');
      const status = await machine.shell(`cat /proc/${pid}/status /proc/${pid}/limits`);
      expect(status).toMatch(/^CapBnd:\s0+$/m);
      expect(status).toMatch(/^CapEff:\s0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\s1$/m);
      expect(status).toMatch(/^Seccomp:\s2$/m);
      expect(status).toMatch(/^Umask:\s0077$/m);
      expect(status).toMatch(/^Max core file size +0 +0 /m);
      expect(await machine.shell(`stat --format=%U /proc/${pid}`)).toBe('lattice');
      expect(
        await machine.shell('stat --format="%a %U" /var/lib/lattice /var/lib/lattice/private_key.pem'),
      ).toBe('700 lattice\n600 lattice');
      expect(await property('MemoryMax')).toBe(String(512 * 1024 * 1024));
      expect(await property('CPUQuotaPerSecUSec')).toBe('500ms');
      const quota = await machine.shell(
        `cat /sys/fs/cgroup/{cpu/,}system.slice/${SERVICE}.service/{cpu.cfs_quota_us,cpu.max} 2>/dev/null || true`,
      );
      expect(quota).toMatch(/^50000\b/);
    });

    it('gossips with another daemon and rotates its key within its limits', async () => {
      const other = machine.start(
        'env',
        'LATTICE_SERVER_ID=other.example',
        'LATTICE_PORT=1114',
        'LATTICE_DATA_DIR=/var/lib/other',
        `LATTICE_BOOTSTRAP_SERVERS=${URL_OF_SERVICE}`,
        ...LOOPBACK.trim().split('\n'),
        'node',
        '/opt/lattice/dist/main.js',
      );
      for (let peers: unknown[] = []; peers.length === 0;) peers = (await ask('/api/v1/peers')) as unknown[];
      await becomes('StatusText', /^1 neighbour, 1 peer; last gossip /);
      const before = (await ask('/api/v1/identity')) as { fingerprint: string };
      await machine.shell(
        'LATTICE_DATA_DIR=/var/lib/lattice node /opt/lattice/dist/cli/main.js rotate-key --reason scheduled',
      );
      const after = (await ask('/api/v1/identity')) as { fingerprint: string };
      expect(after.fingerprint).not.toBe(before.fingerprint);
      other.kill();

      const highWater = await machine.shell(
        `grep VmHWM /proc/$(systemctl show --property=MainPID --value ${SERVICE})/status`,
      );
      const mebibytes = Number(/(\d+) kB/.exec(highWater)?.[1]) / 1024;
      console.info(`Most memory under the limits of the unit: ${Math.round(mebibytes)} MiB`);
      expect(mebibytes).toBeLessThan(512);
      expect(await property('NRestarts')).toBe('0');
    });

    it('reload reaches the daemon, which runs on', async () => {
      const pid = await property('MainPID');
      await machine.shell(`systemctl reload ${SERVICE}`);
      await becomes('ActiveState', /^active$/);
      expect(await ask('/health')).toMatchObject({ status: 'healthy' });
      expect(await property('MainPID')).toBe(pid);
      expect(await property('NRestarts')).toBe('0');
    });

    it('is started again after a kill -9, as the same server', async () => {
      const before = await ask('/api/v1/identity');
      // What follows has been shown under the limit, and takes less time without.
      await machine.shell(`systemctl set-property --runtime ${SERVICE} CPUQuota=`);
      await machine.shell(`systemctl kill --kill-whom=main --signal=KILL ${SERVICE}`);
      await becomes('NRestarts', /^1$/);
      await becomes('ActiveState', /^active$/);
      expect(await ask('/api/v1/identity')).toEqual(before);
    });

    it('stop ends it cleanly, with its lock and its port free', async () => {
      await machine.shell(`systemctl stop ${SERVICE}`);
      expect(await property('ActiveState')).toBe('inactive');
      expect(await property('Result')).toBe('success');
      expect(await property('ExecMainStatus')).toBe('0');
      await expect(ask('/status')).rejects.toThrow('ECONNREFUSED');
    });

    it('a daemon that stands still is ended by the watchdog', async () => {
      await configure(LOOPBACK, 'WatchdogSec=4\nTimeoutAbortSec=1\nRestart=no\nCPUQuota=');
      await machine.shell(`systemctl start ${SERVICE}`);
      await machine.shell(`systemctl kill --kill-whom=main --signal=STOP ${SERVICE}`);
      await becomes('ActiveState', /^failed$/);
      expect(await property('Result')).toBe('watchdog');
    });

    it('is ended where it takes more memory than it may', async () => {
      await configure(LOOPBACK, 'MemoryMax=48M\nRestart=no\nCPUQuota=');
      expect((await machine.run('systemctl', 'start', SERVICE)).code).not.toBe(0);
      // By the second version of control groups; of the first, systemd sees only the signal.
      expect(await property('Result')).toMatch(/^(oom-kill|signal)$/);
      expect(await property('ExecMainStatus')).toBe('9');
    });

    it('a wrong setting ends it with exit code 78, and no restart follows', async () => {
      await configure('LATTICE_PORT=http', 'RestartSec=0');
      expect((await machine.run('systemctl', 'start', SERVICE)).code).not.toBe(0);
      expect(await property('ExecMainStatus')).toBe('78');
      expect(await property('ActiveState')).toBe('failed');
      expect(await property('NRestarts')).toBe('0');
      expect(await machine.shell(`journalctl --unit=${SERVICE} --output=cat`)).toContain(
        'LATTICE_PORT: "http"',
      );
    });

    it('waits for the database longer than a start may last, says so, and can be stopped meanwhile', async () => {
      await configure('LATTICE_DATABASE_URL=postgres://lattice:password@127.0.0.1:1/lattice', WAITING);
      await machine.shell(`systemctl start --no-block ${SERVICE}`);
      await becomes('StatusText', /^waiting for the database: .*ECONNREFUSED/);
      const since = Number(await property('ExecMainStartTimestampMonotonic'));
      const uptimeMicroseconds = async (): Promise<number> =>
        Number((await machine.shell('cat /proc/uptime')).split(' ')[0]) * 1_000_000;
      while ((await uptimeMicroseconds()) - since <= (START_LIMIT_S + 2) * 1_000_000) {
        expect(await property('ActiveState')).toBe('activating');
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      expect(await property('NRestarts')).toBe('0');
      await machine.shell(`systemctl stop ${SERVICE}`);
      expect(await property('Result')).toBe('success');
    });

    it('takes its secrets from credentials', async () => {
      await configure(LOOPBACK, 'CPUQuota=');
      await machine.shell(`install -d -m 700 /etc/lattice/credentials`);
      await machine.write('/etc/lattice/credentials/admin_token', `${TOKEN}\n`);
      const given = shipped('credentials.conf').replace(/^LoadCredential=database_url.*\n/m, '');
      await machine.write(`${DROP_INS}/credentials.conf`, given);
      await machine.shell(`systemctl daemon-reload && systemctl start ${SERVICE}`);
      expect(await ask('/api/v1/peers')).toMatchObject({ code: expect.any(String) as string });
      expect(await ask('/api/v1/peers', { 'X-Lattice-Admin-Token': TOKEN })).toBeInstanceOf(Array);
      const environment = await machine.shell(`cat /proc/$(systemctl show -P MainPID ${SERVICE})/environ`);
      expect(environment).not.toContain(TOKEN);
    });
  },
);
