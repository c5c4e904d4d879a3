// A real server in a folder of its own, which can be killed and started again on the same ports.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
export const program = process.env.LIVECHAT_SERVER ?? join(repository, 'artifacts/bin/LiveChat.Server/release/LiveChat.Server');

export class Server {
  folder = mkdtempSync(join(tmpdir(), 'livechat-sdk-'));
  restPort = 0;
  gatewayPort = 0;

  constructor(settings = []) {
    this.settings = settings;
  }

  async start() {
    const args = [`--Chat:Rest:Port=${this.restPort}`, `--Chat:Gateway:Port=${this.gatewayPort}`, '--Chat:Host=127.0.0.1', ...this.settings];
    this.process = spawn(program, args, { cwd: this.folder, env: { ...process.env, DOTNET_ENVIRONMENT: 'Development' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    this.process.stdout.on('data', (text) => (output += text));
    this.process.stderr.on('data', (text) => (output += text));
    for (let tries = 0; tries < 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const ports = /REST(?: API)?\D*?(?:http:\/\/)?127\.0\.0\.1:(\d+)[\s\S]*?127\.0\.0\.1:(\d+)/i.exec(output);
      if (!ports) continue;
      [this.restPort, this.gatewayPort] = [Number(ports[1]), Number(ports[2])];
      if (await fetch(`${this.rest}/actuator/health/readiness`).then((answer) => answer.ok, () => false)) return;
    }
    throw new Error(`The server did not start:\n${output}`);
  }

  get rest() {
    return `http://127.0.0.1:${this.restPort}`;
  }

  get gateway() {
    return `http://127.0.0.1:${this.gatewayPort}`;
  }

  /** As a crash does: kill -9. */
  kill() {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    return gone;
  }

  async end() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
