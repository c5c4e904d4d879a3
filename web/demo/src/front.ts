// Links are relative to this page, and so is what it asks for.
const here = new URL('.', location.href).href.replace(/\/$/, '');
const put = (id: string, text: string): void => {
  const element = document.getElementById(id);
  if (element) element.textContent = text;
};

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(`${here}/${path}`, { signal: AbortSignal.timeout(10_000) });
  return (await answer.json()) as T;
}

put('rest', here);
put('sdk', `${here}/sdk/`);
try {
  const { gateway } = await ask<{ gateway: string }>('pages/config.json');
  put('gateway', gateway);
  put('tag', `<script src="${here}/widget.js" data-gateway="${gateway}" async></script>`);
} catch {
  put('gateway', 'not known: the server did not answer');
}
try {
  const { status } = await ask<{ status: string }>('actuator/health');
  put('health', status === 'UP' ? 'all is well' : `not well (${status})`);
} catch {
  put('health', 'the server did not answer');
}

export {};
