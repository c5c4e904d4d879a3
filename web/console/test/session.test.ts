import { expect, it } from 'vitest';
import { readSession } from '../src/state/session';

it('takes who is signed in, and nothing else', () => {
  expect(readSession({ agentId: 'a', displayName: '', token: 't' })).toEqual({ agentId: 'a', displayName: null, token: 't' });
  expect(readSession({ agentId: '' })).toBeNull();
  expect(readSession(null)).toBeNull();
  expect(readSession(['a'])).toBeNull();
});
