// The server's store is restored from a backup while both sides are connected: each shows the server's log as it is then.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentChat, CustomerChat } from '@customer-live-chat/sdk';
import { Server, program } from './server.mjs';

const until = async (what, is, seconds = 30) => {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (is()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Waited in vain: ${what}`);
};
const texts = ({ state }) => state.messages.map((one) => one.content);

const server = new Server(['--Chat:Security:RateLimit:PermitLimit=0']);
await server.start();
const backups = mkdtempSync(join(tmpdir(), 'livechat-backup-'));
const backup = join(backups, 'livechat.db');
const where = { rest: server.rest, gateway: server.gateway };
const customer = new CustomerChat(where);
const agent = new AgentChat({ ...where, agentId: 'agent-1' });
try {
  await agent.start();
  await customer.start();
  await until('queue', () => agent.state.queue.length);
  const chat = await agent.accept(agent.state.queue[0].conversationId);
  const kept = ['kept 0', 'kept 1', 'kept 2'];
  for (const text of kept) customer.send(text);
  await until('kept', () => texts(chat).length === 3);
  execFileSync(program, ['backup', backup], { cwd: server.folder, env: { ...process.env, DOTNET_ENVIRONMENT: 'Development' } });
  for (let n = 0; n < 5; n++) chat.send(`lost ${n}`);
  await until('lost', () => texts(customer).length === 8 && chat.state.messages.every((one) => one.delivery === 'sent'));

  // Once with fewer entries than were seen, then with more, and others.
  for (const others of [[], Array.from({ length: 9 }, (_, n) => `other ${n}`)]) {
    await server.kill();
    rmSync(join(server.folder, 'data'), { recursive: true });
    mkdirSync(join(server.folder, 'data'));
    copyFileSync(backup, join(server.folder, 'data/livechat.db'));
    await server.start();
    for (const content of others) {
      await fetch(`${server.rest}/api/customer/conversations/${chat.id}/messages`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ content }),
      });
    }
    customer.send('after');
    const all = JSON.stringify([...kept, ...others, 'after']);
    await until(`the log after ${others.length} others`, () => JSON.stringify(texts(customer)) === all && JSON.stringify(texts(chat)) === all);
    await until('online', () => customer.state.connection === 'online' && agent.state.connection === 'online');
  }
  assert.deepEqual(agent.state.conversations, [chat]);
  console.log('both sides show a restored log as it is');
} finally {
  customer.stop();
  agent.stop();
  await server.end();
  rmSync(backups, { recursive: true, force: true });
}
