// A visitor and an agent with the official client, through what stands in front of the server: one says something, the other hears it.
import { createRequire } from 'node:module';
const { io } = createRequire(`${process.cwd()}/package.json`)('socket.io-client-4');

const [site, conversationId, visitor, agent] = process.argv.slice(2);
const open = (role, token) => new Promise((resolve, reject) => {
  const socket = io(site, { transports: ['websocket'], query: { role, conversationId }, auth: { token }, reconnection: false });
  socket.on('connect_error', error => reject(new Error(`${role}: ${error.message}`)));
  socket.on('system:event', event => event.type === 'SESSION_READY' && resolve(socket));
});

const jane = await open('customer', visitor);
const ashik = await open('agent', agent);
const heard = new Promise(resolve => ashik.on('chat:message', ({ message }) => resolve(message)));
const sent = await jane.timeout(10_000).emitWithAck('chat:send', { content: 'over a WebSocket', clientMessageId: 'walk-1' });
const message = await heard;
if (sent.message?.id !== message.id || message.sender.id !== 'visitor-1')
  throw new Error(`Not what was said: ${JSON.stringify({ sent, message })}`);
jane.close();
ashik.close();
