export { CustomerChat } from './customer.js';
export { AgentChat } from './agent.js';
export { ChatError } from './error.js';
export type { ChatErrorCode, ChatErrorDetails } from './error.js';
export type * from './types.js';
export type * from './wire.js';
export { storageKey } from './storage.js';
