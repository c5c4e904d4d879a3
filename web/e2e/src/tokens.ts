import { createHmac, randomBytes } from 'node:crypto';

const secret = randomBytes(32);

/** Settings of a server that takes the tokens of this file, and lets anonymous visitors begin. */
export const withAuthentication = [
  'Chat:Security:Authentication=Jwt',
  `Chat:Security:Jwt:SigningKeys:0=base64:${secret.toString('base64')}`,
  'Chat:Security:Jwt:Issuer=e2e',
  'Chat:Security:Jwt:Audience=livechat',
];

/** A JWT of an agent, as an organisation's sign-in would give. */
export function agentToken(id: string, name: string, seconds = 3600): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: 'e2e', aud: 'livechat', sub: id, name, role: 'agent', iat: now, exp: now + seconds })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
