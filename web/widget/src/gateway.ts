/** Where the server says that its gateway is. */
export async function gatewayOf(rest: string): Promise<string> {
  const answer = await fetch(`${rest}/pages/config.json`, { signal: AbortSignal.timeout(15_000) });
  const { gateway } = (await answer.json()) as { gateway: string };
  return gateway;
}
