/**
 * Leaves out of the official client what never happens between it and this product's server: WebTransport, which the server does not speak, and
 * binary attachments, which no event has. What is left is byte for byte the official one. A plugin for Vite.
 */
export const leanClient = {
  name: 'lean-client',
  enforce: 'pre',
  resolveId: (source, importer) => (Object.hasOwn(stubs, nameOf(source)) && /node_modules.(engine|socket)\.io-(client|parser)/.test(importer ?? '') ? `\0lean:${nameOf(source)}` : null),
  load: (id) => (id.startsWith('\0lean:') ? stubs[id.slice('\0lean:'.length)] : null),
};

const stubs = {
  'webtransport.js': 'export class WT {}',
  'is-binary.js': 'export const isBinary = () => false; export const hasBinary = () => false;',
  'binary.js': 'const none = () => { throw new Error("no binary attachments"); }; export { none as deconstructPacket, none as reconstructPacket };',
  'base64-arraybuffer.js': 'export const decode = () => new ArrayBuffer(0);',
};

const nameOf = (source) => source.split('/').at(-1);
