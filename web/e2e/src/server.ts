import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const program = process.env['SERVER'] ?? join(repository, 'artifacts/bin/LiveChat.Server/release/LiveChat.Server.dll');
const limit = 30_000;

/** A server of its own on free ports of this machine, with its file in a temporary folder. */
export class Server {
  readonly #folder = mkdtempSync(join(tmpdir(), 'livechat-e2e-'));
  readonly #settings: readonly string[];
  #process: ChildProcess | undefined;
  rest = '';
  gateway = '';

  private constructor(settings: readonly string[]) {
    this.#settings = settings;
  }

  /** @param settings as `Chat:Queue:MaxConcurrentByAgent=1` */
  static async start(...settings: string[]): Promise<Server> {
    if (!existsSync(program)) throw new Error(`${program} is missing: build the solution first.`);
    const server = new Server(settings);
    await server.#run(0, 0);
    return server;
  }

  /** SIGKILL: nothing of it runs after it. */
  async kill(): Promise<void> {
    const running = this.#process;
    if (!running || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  /** On the ports and the file that it had. */
  async startAgain(): Promise<void> {
    await this.#run(Number(new URL(this.rest).port), Number(new URL(this.gateway).port));
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Record<string, never>> {
    const answer = await fetch(this.rest + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(limit),
    });
    const said = (await answer.json()) as Record<string, never>;
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(said)}`);
    return said;
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(this.rest + path, { signal: AbortSignal.timeout(limit) });
    return (await answer.json()) as T;
  }

  async #run(rest: number, gateway: number): Promise<void> {
    const settings = [
      `Chat:Rest:Port=${rest}`,
      `Chat:Gateway:Port=${gateway}`,
      'Chat:Security:RateLimit:PermitLimit=0',
      `ConnectionStrings:Sqlite=Data Source=${join(this.#folder, 'livechat.db')}`,
      ...this.#settings,
    ];
    const child = spawn('dotnet', [program, ...settings.map((setting) => `--${setting}`)], {
      env: { ...process.env, ASPNETCORE_ENVIRONMENT: 'Development', DOTNET_ENVIRONMENT: 'Development' },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.#folder,
    });
    this.#process = child;
    const said: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
    const started = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`The server did not start:\n${said.join('\n')}`)), limit);
      child.once('exit', () => reject(new Error(`The server ended:\n${said.join('\n')}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        said.push(line);
        const where = /REST on (http:\S+), Socket\.IO on (http:\S+),/.exec(line);
        if (!where) return;
        clearTimeout(timer);
        // By name: what a browser takes for a page of this machine.
        [this.rest, this.gateway] = [where[1] ?? '', where[2] ?? ''].map((address) => address.replace('127.0.0.1', 'localhost')) as [string, string];
        resolve();
      });
    });
    await started;
  }
}
