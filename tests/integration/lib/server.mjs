// Runs the wrapup binary: `serve` on a free port with its own data directory, and the other commands to their end.
// Used by every test file. Each process started here is ended by its own id, at the latest when the test process exits.
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from './api.mjs';

export const repoRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const binary = process.env.WRAPUP_BIN ?? path.join(repoRoot, 'build/release/wrapup');
export const devKey = 'wk_test_0123456789abcdef0123456789abcdef';
export const devSecret = 'whsec_' + Buffer.from('invented secret of thirty-two b.').toString('base64');

const children = new Set();
const directories = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true });
});

export function tempDir() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wrapup-it-'));
  directories.add(directory);
  return directory;
}

/** Writes `text` to a new file `name` and returns its path. */
export function tempFile(name, text) {
  const file = path.join(tempDir(), name);
  fs.writeFileSync(file, text);
  return file;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const postgres = process.env.WRAPUP_TEST_POSTGRES;
export const onPostgres = postgres !== undefined;
const databases = new Set();

/**
 * The variables that send a data folder's database to the PostgreSQL of scripts/postgres, if there is one: each folder has a database of its
 * own there.
 */
export function databaseEnv(data) {
  if (!onPostgres) return {};
  const name = 'it_' + crypto.createHash('sha256').update(path.resolve(data)).digest('hex').slice(0, 16);
  if (!databases.has(name)) {
    databases.add(name);
    const there = execFileSync('psql', [postgres, '-Atc', `SELECT 1 FROM pg_database WHERE datname = '${name}'`], { encoding: 'utf8' });
    if (!there.trim()) execFileSync('psql', [postgres, '-qc', `CREATE DATABASE ${name}`]);
  }
  return { WRAPUP_DATABASE: postgres.replace('/postgres?', `/${name}?`) };
}

function dataOf(args) {
  const at = args.indexOf('--data');
  return at < 0 ? {} : databaseEnv(args[at + 1]);
}

function launch(args, { command = binary, through = [], ...options } = {}) {
  if (!fs.existsSync(binary)) throw new Error(`no binary at ${binary}: build it, or set WRAPUP_BIN`);
  const [program, ...rest] = [...through, command, ...args];
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  children.add(child);
  child.output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (child.output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (child.output.stderr += text));
  child.stdin.on('error', () => {});
  child.ended = new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('close', (code, signal) => {
      children.delete(child);
      resolve({ code, signal });
    });
  });
  return child;
}

/** Runs a command to its end: `{code, signal, stdout, stderr, text}`; ended with SIGKILL after `timeout` ms. */
export async function run(args, { input = '', timeout = 15_000, env } = {}) {
  const child = launch(args, { env: { ...process.env, ...dataOf(args), ...env } });
  child.stdin.end(input);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  const { code, signal, error } = await child.ended;
  clearTimeout(timer);
  if (error) throw error;
  const { stdout, stderr } = child.output;
  return { code, signal, stdout, stderr, text: stdout + stderr };
}

export class Server {
  /**
   * `config`: text of a TOML file. `dev: false` leaves out --dev, the key and the secret. `env`: variables set besides. `command`: what is
   * started in place of the binary, with the same arguments. `through`: a command that becomes the server, such as nsenter. `readyPath`: what
   * is asked whether it is ready.
   */
  constructor({
    data = path.join(tempDir(), 'data'),
    config,
    dev = true,
    key = devKey,
    secret = devSecret,
    port,
    args = [],
    env = {},
    command,
    through = [],
    readyPath = '/readyz',
  } = {}) {
    Object.assign(this, { data, dev, key, secret, port, args, env, command, through, readyPath });
    this.configFile = config === undefined ? undefined : tempFile('wrapup.toml', config);
  }

  static async start(options) {
    const server = new Server(options);
    await server.start();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get stderr() {
    return this.child?.output.stderr ?? '';
  }

  get stdout() {
    return this.child?.output.stdout ?? '';
  }

  commandLine() {
    const line = ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`];
    if (this.dev) line.push('--dev', '--api-key', this.key, '--webhook-secret', this.secret);
    if (this.configFile) line.push('--config', this.configFile);
    return [...line, ...this.args];
  }

  /** Starts, or starts again on the same data and port; returns when it is ready. */
  async start() {
    this.port ??= await freePort();
    const env = { ...process.env, ...databaseEnv(this.data), ...this.env };
    this.child = launch(this.commandLine(), { env, command: this.command, through: this.through });
    this.child.stdin.end();
    this.api?.close();
    this.api = new Api(this.url, this.key);
    let gone = null;
    this.child.ended.then((end) => (gone = end));
    const until = Date.now() + 20_000;
    while (Date.now() < until) {
      if (gone) throw new Error(`server ended at start (${JSON.stringify(gone)}):\n${this.stdout}${this.stderr}`);
      const reply = await this.api.get(this.readyPath, { timeout: 1000 }).catch(() => null);
      if (reply?.status === 200) return;
      await sleep(20);
    }
    await this.kill();
    throw new Error(`server not ready after 20 s:\n${this.stdout}${this.stderr}`);
  }

  /** kill -9. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.child.ended;
    this.api.close();
  }

  /** SIGTERM; returns `{code, signal}`, ended with SIGKILL after `timeout` ms. */
  async stop(timeout = 10_000) {
    if (!this.child) return null;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), timeout);
    const end = await this.child.ended;
    clearTimeout(timer);
    this.api.close();
    return end;
  }
}

export { sleep };

/** Calls `probe` until it gives something truthy, and returns that; fails after `timeout` ms, naming `what`. */
export async function eventually(what, probe, timeout = 10_000, pause = 50) {
  const until = Date.now() + timeout;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > until) throw new Error(`not within ${timeout} ms: ${what}`);
    await sleep(pause);
  }
}
