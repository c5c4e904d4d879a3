import type { Plugin } from 'vite';

/** What the server tells its pages, while Vite serves this one: CONSOLE_GATEWAY and CONSOLE_AUTHENTICATION say otherwise. */
export function pagesConfig(): Plugin {
  return {
    name: 'pages-config',
    configureServer(server) {
      const { CONSOLE_GATEWAY: gateway = 'http://localhost:9094', CONSOLE_AUTHENTICATION: authentication } = process.env;
      server.middlewares.use('/pages/config.json', (_request, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ gateway, authentication: authentication === 'true' }));
      });
    },
  };
}
