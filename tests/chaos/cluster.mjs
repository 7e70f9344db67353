// What the chaos needs of the machine: network namespaces, one a node, on a bridge; and a PostgreSQL primary with a streaming standby that
// takes over when told to. Needs root. Everything is removed at the end.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const sh = (...args) => execFileSync(args[0], args.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** A bridge with the host at 10.77.0.1, the databases at 10.77.0.2 and node i at 10.77.0.(10 + i). */
export class Network {
  constructor(nodes) {
    this.nodes = nodes;
    this.remove();
    sh('ip', 'link', 'add', 'wchaos', 'type', 'bridge');
    for (const address of ['10.77.0.1/24', '10.77.0.2/24']) sh('ip', 'addr', 'add', address, 'dev', 'wchaos');
    sh('ip', 'link', 'set', 'wchaos', 'up');
    for (let i = 0; i < nodes; i++) {
      sh('ip', 'netns', 'add', `wchaos${i}`);
      sh('ip', 'link', 'add', `wchaos${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `wchaos${i}`);
      sh('ip', 'link', 'set', `wchaos${i}`, 'master', 'wchaos', 'up');
      this.within(i, 'ip', 'addr', 'add', `${this.address(i)}/24`, 'dev', 'eth0');
      this.within(i, 'ip', 'link', 'set', 'eth0', 'up');
      this.within(i, 'ip', 'link', 'set', 'lo', 'up');
    }
  }

  address = (i) => `10.77.0.${10 + i}`;
  through = (i) => ['ip', 'netns', 'exec', `wchaos${i}`];
  within(i, ...command) {
    return sh(...this.through(i), ...command);
  }

  /** Whatever node i sends to the databases is lost, until it is mended. */
  cut(i) {
    this.within(i, 'ip', 'route', 'add', 'blackhole', '10.77.0.2/32');
  }
  mend(i) {
    spawnSync('ip', ['netns', 'exec', `wchaos${i}`, 'ip', 'route', 'del', 'blackhole', '10.77.0.2/32']);
  }

  remove() {
    for (let i = 0; i < this.nodes; i++) spawnSync('ip', ['netns', 'del', `wchaos${i}`]);
    for (let i = 0; i < this.nodes; i++) spawnSync('ip', ['link', 'del', `wchaos${i}`]);
    spawnSync('ip', ['link', 'del', 'wchaos']);
  }
}

const programs = fs
  .readdirSync('/usr/lib/postgresql')
  .map((version) => `/usr/lib/postgresql/${version}/bin`)
  .at(-1);
const asOwner = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'] : [];

/** Two servers; the second follows the first and has confirmed a commit before the first answers. */
export class Databases {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wrapup-chaos-'));
    fs.chmodSync(this.folder, 0o755);
    if (asOwner.length) sh('chown', 'postgres:postgres', this.folder);
    this.ports = [5501, 5502];
    this.primary = 0;
    this.run('initdb', '-D', this.data(0), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C');
    fs.appendFileSync(`${this.data(0)}/pg_hba.conf`, 'host all all 10.77.0.0/24 trust\nhost replication all 10.77.0.0/24 trust\n');
    this.start(0);
    this.psql('postgres', 'CREATE DATABASE wrapup');
    this.run('pg_basebackup', '-h', '10.77.0.2', '-p', '5501', '-U', 'postgres', '-D', this.data(1), '-R', '-c', 'fast');
    this.start(1);
    this.psql('postgres', "ALTER SYSTEM SET synchronous_standby_names = '*'");
    this.psql('postgres', 'SELECT pg_reload_conf()');
  }

  get url() {
    const hosts = this.ports.map((port) => `10.77.0.2:${port}`).join(',');
    return `postgres://postgres@${hosts}/wrapup`;
  }
  data = (i) => path.join(this.folder, `data${i}`);
  run(program, ...args) {
    // pg_ctl's server would keep a pipe open.
    const [command, ...rest] = [...asOwner, `${programs}/${program}`, ...args];
    execFileSync(command, rest, { cwd: '/', stdio: 'ignore' });
  }
  start(i) {
    const settings = `-p ${this.ports[i]} -k ${this.folder} -c listen_addresses=10.77.0.2 -c max_connections=100`;
    this.run('pg_ctl', '-D', this.data(i), '-l', `${this.folder}/log${i}`, '-w', '-o', settings, 'start');
  }
  stop(i, mode) {
    this.run('pg_ctl', '-D', this.data(i), '-m', mode, '-w', 'stop');
  }
  psql(database, sql) {
    return sh(`${programs}/psql`, '-h', '10.77.0.2', '-p', String(this.ports[this.primary]), '-U', 'postgres', '-Atc', sql, database);
  }

  /** As a crash of the server's process. */
  restart() {
    this.stop(this.primary, 'immediate');
    this.start(this.primary);
  }
  /** The primary is gone for good, and the standby takes over. */
  failOver() {
    this.stop(0, 'immediate');
    this.primary = 1;
    this.run('pg_ctl', '-D', this.data(1), '-w', 'promote');
    this.psql('postgres', "ALTER SYSTEM RESET synchronous_standby_names");
    this.psql('postgres', 'SELECT pg_reload_conf()');
  }

  remove() {
    for (const i of [0, 1]) {
      try {
        this.stop(i, 'immediate');
      } catch {
        // It does not run.
      }
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
