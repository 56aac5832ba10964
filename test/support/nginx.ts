import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Certificate } from './certificates.js';

/** Why tests that need one are skipped where there is none. */
export const NO_NGINX = 'needs the nginx program, on Linux';

/** Null where there is none; only Linux has all of 127.0.0.0/8 without being told. */
export const nginxProgram: string | null = findProgram();

/** What an operator writes, at the two levels of nginx's configuration. */
export interface Site {
  /** In `http { ... }`. */
  readonly http: string;
  /** In `server { ... }`. */
  readonly server: string;
}

export const PUBLIC_NAME = 'chat.example.org';

const PORT = 8443;
let started = 0;

/** An address of loopback for each: where nobody else is, no port is taken. */
export function ownAddress(): string {
  started += 1;
  return `127.${100 + started}.${(process.pid >> 8) & 0xff}.${process.pid & 0xff}`;
}

/** A real nginx of our own on loopback, in a temporary folder, with nothing of the machine's configuration. */
export class Nginx {
  private child: ChildProcessByStdio<null, null, Readable> | null = null;
  private errors = '';

  private constructor(
    readonly address: string,
    private readonly folder: string,
    readonly certificate: Certificate | null,
  ) {}

  /** @param certificate for the address; without one it speaks plain HTTP */
  static async start(
    site: Site,
    address = ownAddress(),
    certificate: Certificate | null = null,
  ): Promise<Nginx> {
    const nginx = new Nginx(address, await mkdtemp(join(tmpdir(), 'lattice-nginx-')), certificate);
    try {
      await nginx.run(site);
    } catch (error) {
      await nginx.stop();
      throw error;
    }
    return nginx;
  }

  /** The base URL of what it would be at, before it was started. */
  static urlAt(address: string, isSecure = false): string {
    return `${isSecure ? 'https' : 'http'}://${address}:${PORT}`;
  }

  get port(): number {
    return PORT;
  }

  get url(): string {
    return Nginx.urlAt(this.address, this.certificate !== null);
  }

  /** Warnings and worse that it has to say about its configuration. */
  get complaints(): string[] {
    return this.errors.split('\n').filter((line) => /\[(warn|error|crit|alert|emerg)\]/.test(line));
  }

  /** Ends it and starts it with another configuration, at the same place. */
  async restart(site: Site): Promise<void> {
    await this.end();
    await this.run(site);
  }

  async stop(): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Ends it when all that is under way is answered and logged. */
  async finish(): Promise<void> {
    await this.end('SIGQUIT');
  }

  /** What it logged where the site says `/var/log/nginx`. */
  async log(name: string): Promise<string> {
    return readFile(join(this.folder, name), 'utf8');
  }

  private async run(site: Site): Promise<void> {
    const configuration = join(this.folder, 'nginx.conf');
    await Promise.all([
      writeFile(configuration, this.mainConfiguration()),
      writeFile(join(this.folder, 'http.conf'), this.placed(site.http)),
      writeFile(join(this.folder, 'server.conf'), this.placed(site.server)),
      writeFile(join(this.folder, 'server.pem'), this.certificate?.cert ?? ''),
      writeFile(join(this.folder, 'server.key'), this.certificate?.key ?? '', { mode: 0o600 }),
    ]);
    const parameters = ['-p', this.folder, '-c', configuration, '-e', 'stderr'];
    this.errors = '';
    // A group of its own: its workers end with it.
    this.child = spawn(nginxProgram ?? 'nginx', parameters, {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    process.once('exit', this.killNow);
    await this.listening(this.child);
  }

  private async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (child === null) return;
    this.child = null;
    process.off('exit', this.killNow);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  private readonly killNow = (): void => {
    if (this.child?.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL');
  };

  /** It has bound its addresses before it starts its workers. */
  private listening(child: ChildProcessByStdio<null, null, Readable>): Promise<void> {
    return new Promise((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        this.errors += text;
        if (this.errors.includes('start worker process ')) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`nginx ended:\n${this.errors}`)));
    });
  }

  private placed(text: string): string {
    return text.replaceAll('/var/log/nginx/', `${this.folder}/`);
  }

  private mainConfiguration(): string {
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const { folder } = this;
    const tls = this.certificate === null ? '' : ' ssl';
    return `
      daemon off;
      worker_processes 1;
      ${process.getuid?.() === 0 ? 'user root;' : ''}
      pid ${folder}/nginx.pid;
      error_log stderr notice;
      events {}
      http {
        access_log off;
        ${paths.map((path) => `${path}_temp_path ${folder}/${path};`).join('\n')}
        include http.conf;
        server {
          listen ${this.address}:${PORT}${tls};
          server_name ${PUBLIC_NAME};
          ${tls && `ssl_certificate server.pem; ssl_certificate_key server.key;`}
          location = /end { return 299 end; }
          include server.conf;
        }
      }
    `;
  }
}

function findProgram(): string | null {
  if (process.platform !== 'linux') return null;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const programs = folders.map((folder) => join(folder, 'nginx'));
  return programs.find((program) => spawnSync(program, ['-v']).status === 0) ?? null;
}
